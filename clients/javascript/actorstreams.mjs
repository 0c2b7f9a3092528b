// Follows views of ActorStreams jobs over server-sent events, reads them, tells rows and gives commands. No dependencies; browsers and
// Node.js 18 or later. See docs/serving.md.

const firstDelay = 100, maxDelay = 10_000, deadAfter = 60_000;

/** The server has refused what was asked for. */
export class StreamsError extends Error {
    constructor(status, message) {
        super(message);
        this.name = 'StreamsError';
        this.status = status;
    }
}

export class StreamsClient {
    #base;
    #fetch;
    #headers;

    /** @param {string} base where the server is, as http://server/streams/ */
    constructor(base, { headers = {}, fetch: ask = (...args) => globalThis.fetch(...args) } = {}) {
        this.#base = base.endsWith('/') ? base : base + '/';
        this.#fetch = ask;
        this.#headers = headers;
    }

    /** Rows of a view, all of one epoch. */
    async read(job, view, filter = {}) {
        return (await this.#ask(viewOf(job, view) + queryOf(filter))).json();
    }

    /** Tells rows to a source; resolves when they are durable. */
    async tell(job, source, rows) {
        return (await this.#ask(`jobs/${encodeURIComponent(job)}/ingresses/${encodeURIComponent(source)}`, rows)).json();
    }

    /** Gives a command to an entity; resolves to its events when they are durable. */
    async command(job, operator, key, command) {
        const path = [job, operator, key].map(encodeURIComponent);
        return (await this.#ask(`jobs/${path[0]}/entities/${path[1]}/${path[2]}`, command)).json();
    }

    /**
     * All rows of a view, then what each epoch changes: { epoch, isSnapshot, changes: [{ kind, key, row }] }. A line that breaks is
     * opened anew and goes on after the last whole epoch, so that each is given once and in order. Ends with the job, or by the signal.
     */
    async *follow(job, view, { after, signal, ...filter } = {}) {
        const path = `${viewOf(job, view)}/changes${queryOf(filter)}`;
        for (let failures = 0; !signal?.aborted;) {
            let forgotten = false;
            const dead = new AbortController();
            const leave = () => dead.abort();
            signal?.addEventListener('abort', leave);
            try {
                let isSnapshot = after === undefined, changes = [];
                for await (const told of this.#events(path, after, dead)) {
                    if (told.kind === 'end')
                        return;
                    if (told.kind === 'error') {
                        forgotten = told.status === 410 && after !== undefined;
                        break;
                    }
                    if (told.kind !== 'progress') {
                        isSnapshot ||= told.kind === 'snapshot';
                        changes.push({ kind: told.kind, key: told.key, row: told.row });
                        continue;
                    }
                    failures = 0;
                    const isNew = after === undefined || told.epoch > after || isSnapshot;
                    after = told.epoch;
                    const epoch = { epoch: told.epoch, isSnapshot, changes };
                    [isSnapshot, changes] = [false, []];
                    if (isNew)
                        yield epoch;
                }
            } catch (error) {
                if (error instanceof StreamsError) {
                    forgotten = error.status === 410 && after !== undefined;
                    const isStarting = error.status === 404 && after !== undefined;      // it was there before
                    if (!forgotten && !isStarting && ![429, 502, 503, 504].includes(error.status))
                        throw error;
                }
            } finally {
                signal?.removeEventListener('abort', leave);
                dead.abort();
            }
            if (forgotten)
                after = undefined;                                                       // all rows again
            else
                await new Promise(go => setTimeout(go, Math.min(maxDelay, firstDelay * 2 ** Math.min(failures++, 20))));
        }
    }

    async *#events(path, after, dead) {
        const headers = after === undefined ? {} : { 'Last-Event-ID': String(after) };
        const answer = await this.#ask(path, undefined, { headers, signal: dead.signal });
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '', timer;
        const isAlive = () => {
            clearTimeout(timer);
            timer = setTimeout(() => dead.abort(), deadAfter);
        };
        try {
            for (isAlive(); ; isAlive()) {
                const { value, done } = await reader.read();
                if (done)
                    return;
                const events = (text + value).split('\n\n');
                text = events.pop();
                for (const one of events) {
                    const data = one.split('\n').find(line => line.startsWith('data: '));
                    if (data)
                        yield JSON.parse(data.slice(6));
                }
            }
        } finally {
            clearTimeout(timer);
        }
    }

    async #ask(path, body, { headers = {}, signal } = {}) {
        const request = body === undefined ? { headers: { ...this.#headers, ...headers }, signal } : {
            method: 'POST', body: JSON.stringify(body), headers: { ...this.#headers, 'content-type': 'application/json' },
        };
        const answer = await this.#fetch(this.#base + path, request);
        if (answer.ok)
            return answer;
        const problem = await answer.text();
        let detail = problem;
        try {
            detail = JSON.parse(problem).detail ?? problem;
        } catch {
            // of somebody between: its text as it is
        }
        throw new StreamsError(answer.status, `${answer.status}: ${detail}`);
    }
}

const viewOf = (job, view) => `jobs/${encodeURIComponent(job)}/views/${encodeURIComponent(view)}`;

function queryOf(filter) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) {
        for (const one of name === 'where' && Array.isArray(value) ? value : [Array.isArray(value) ? value.join(',') : value])
            query.append(name, String(one));
    }
    return [...query].length === 0 ? '' : `?${query}`;
}
