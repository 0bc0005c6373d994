// The local Discord's control API: see bot/demo/discord/control.py for the shapes.

const EVENTS = [
  "state",
  "message_create",
  "message_update",
  "message_delete",
  "typing",
  "commands_changed",
  "channel_update",
  "session",
];

/** A refusal, in words. */
export class Refused extends Error {}

/** Nobody answered in time, or the demo is not running. */
export class Unreachable extends Error {}

async function asked(address, request) {
  let answer;
  try {
    answer = await fetch(address, request);
  } catch {
    throw new Unreachable("The demo does not answer. Is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  if (answer.status === 504) throw new Unreachable(body.error ?? "Nothing came in time.");
  throw new Refused(body.error ?? `The demo said ${answer.status}.`);
}

/** What the demo is: which painter, and so on. */
export const information = () => asked("/demo/info");

/** One person at the local Discord. */
export class Api {
  constructor(person) {
    this.person = person;
  }

  /**
   * Do something as this person.
   * @param {string} action e.g. "slash"
   * @param {object} body its JSON, without the person
   * @param {Map<string, File>|null} files by part name
   */
  post(action, body, files = null) {
    const payload = JSON.stringify({ person: this.person, ...body });
    if (!files?.size) {
      return asked(`/control/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: payload,
      });
    }
    const form = new FormData();
    form.append("payload", payload);
    for (const [name, file] of files) form.append(name, file, file.name);
    return asked(`/control/${action}`, { method: "POST", body: form });
  }

  /**
   * Listen. The first event, and the first after each reconnection, is "state" with everything.
   * @param {function(string, object)} hear name and data
   * @param {function(boolean)} connected whether the line is up; the browser tries again by itself
   * @param {function()} gone the line is down for good
   * @returns {function()} call it to stop
   */
  listen(hear, connected, gone) {
    const source = new EventSource(`/control/events?person=${encodeURIComponent(this.person)}`);
    for (const name of EVENTS) source.addEventListener(name, (event) => hear(name, JSON.parse(event.data)));
    source.addEventListener("open", () => connected(true));
    source.addEventListener("error", () =>
      source.readyState === EventSource.CLOSED ? gone() : connected(false),
    );
    return () => source.close();
  }
}
