//! `/api/journal`, its stream, and the transcripts: what happened, as it was written.
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use postfail_engine::capture::View;
use postfail_engine::journal::Filter;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::body::Asked;
use crate::routes::Lab;
use crate::{Laboratory, Problem};

/// One journal entry: its number, and the JSON object as in the journal file.
#[derive(Clone, Debug)]
pub struct Line {
    pub seq: u64,
    pub json: String,
}

/// The most entries of one answer, and how many there are where none are asked for.
const MOST: usize = 10_000;
const USUAL: usize = 1_000;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Selection {
    since: Option<u64>,
    connection: Option<u64>,
    kind: Option<String>,
    limit: Option<usize>,
}

impl Selection {
    fn filter(self) -> Filter {
        Filter { since: self.since.unwrap_or(0), connection: self.connection, kind: self.kind }
    }
}

/// `GET /api/journal?since=&connection=&kind=&limit=`: `{"events": [...], "newest": 1234}`, oldest first.
pub(crate) async fn read(State(laboratory): Lab, Asked(wanted): Asked<Selection>) -> impl IntoResponse {
    let newest = laboratory.newest();
    let limit = wanted.limit.unwrap_or(USUAL).min(MOST);
    let lines = laboratory.entries(&wanted.filter(), limit);
    let events: Vec<String> = lines.into_iter().map(|line| line.json).collect();
    let body = format!("{{\"events\":[{}],\"newest\":{newest}}}", events.join(","));
    ([(CONTENT_TYPE, "application/json")], body)
}

/// `GET /api/journal/stream`: the same entries as server-sent events, then those that follow. `id` is the entry's
/// number, and a reader that comes back with `Last-Event-ID` misses nothing and gets nothing twice.
pub(crate) async fn stream(
    State(laboratory): Lab,
    headers: HeaderMap,
    Asked(wanted): Asked<Selection>,
) -> Result<impl IntoResponse, Problem> {
    let resumed = match headers.get("last-event-id") {
        None => None,
        Some(id) => Some(id.to_str().ok().and_then(|id| id.trim().parse().ok()).ok_or_else(|| {
            Problem::unprocessable("Last-Event-ID is not a number")
                .at("Last-Event-ID")
                .expected("an id of this stream")
        })?),
    };
    let mut filter = wanted.filter();
    filter.since = resumed.unwrap_or(filter.since);
    let (send, receive) = mpsc::channel(64);
    tokio::spawn(feed(laboratory, filter, send));
    Ok(Sse::new(Feed(receive))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("still here")))
}

/// Send entries until the reader has gone.
async fn feed(laboratory: Arc<dyn Laboratory>, mut filter: Filter, send: mpsc::Sender<Event>) {
    loop {
        let newest = laboratory.newest();
        let lines = laboratory.entries(&filter, USUAL);
        let is_all = lines.len() < USUAL;
        for line in lines {
            filter.since = line.seq;
            let event = Event::default().id(line.seq.to_string()).data(line.json);
            if send.send(event).await.is_err() {
                return;
            }
        }
        if is_all {
            filter.since = filter.since.max(newest);
            tokio::select! {
                () = laboratory.grown(filter.since) => {}
                () = send.closed() => return,
            }
        }
    }
}

/// The receiving end of a feed as the stream axum wants.
struct Feed(mpsc::Receiver<Event>);

impl Stream for Feed {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Look {
    view: Option<View>,
}

/// `GET /api/transcripts/{connection}.txt`, and `.pcapng?view=wire|plain`.
pub(crate) async fn transcript(
    State(laboratory): Lab,
    Path(name): Path<String>,
    Asked(look): Asked<Look>,
) -> Result<Response, Problem> {
    if let Some(number) = name.strip_suffix(".pcapng") {
        return capture(&*laboratory, number, look.view.unwrap_or_default());
    }
    if look.view.is_some() {
        return Err(Problem::unprocessable("a transcript has no `view`")
            .at("view")
            .expected("a name with .pcapng"));
    }
    let connection = name.strip_suffix(".txt").and_then(|number| number.parse().ok());
    let text = connection.and_then(|connection| laboratory.transcript(connection)).ok_or_else(|| {
        Problem::not_found(format!("no transcript {name:?}"))
            .at("path")
            .expected("a connection's number and .txt or .pcapng")
    })?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Secrets are in it, so nobody on the way may keep it.
fn capture(laboratory: &dyn Laboratory, number: &str, view: View) -> Result<Response, Problem> {
    let file = number.parse().ok().and_then(|connection| laboratory.capture(connection, view));
    let file = file.ok_or_else(|| {
        Problem::not_found(format!("no capture of connection {number:?}")).at("path").expected(
            "the number of a connection, while captures are taken: start postfail with --capture-dir DIR",
        )
    })?;
    Ok(([(CONTENT_TYPE, "application/x-pcapng"), (CACHE_CONTROL, "no-store")], file).into_response())
}
