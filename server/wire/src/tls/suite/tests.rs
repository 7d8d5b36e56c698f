use super::*;

#[test]
fn the_table_is_sorted_and_answers() {
    assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(name(0x1301), "TLS_AES_128_GCM_SHA256");
    assert_eq!(name(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(name(FALLBACK_SCSV), "TLS_FALLBACK_SCSV");
    assert_eq!(name(RENEGOTIATION_SCSV), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    assert_eq!(name(0x0a0a), "0x0A0A");
    assert!(NAMES.iter().all(|(value, name)| from_name(name) == Some(*value)));
    assert_eq!((from_name("AES128-SHA"), names().count()), (None, NAMES.len()));
}
