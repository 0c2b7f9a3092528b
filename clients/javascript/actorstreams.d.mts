/** Which rows of a view, and what of them. Keys that are no texts are written as JSON. */
export interface ViewFilter {
    key?: string;
    from?: string;
    to?: string;
    columns?: string[];
    /** Conditions that all must hold, as `total:gt:5`. */
    where?: string | string[];
}

/** Of a read, besides: the next page, and an epoch or a time. */
export interface ReadFilter extends ViewFilter {
    after?: string;
    limit?: number;
    asOf?: number | string;
}

export type ChangeKind = 'snapshot' | 'insert' | 'update_before' | 'update_after' | 'delete';

export interface ViewChange<K, R> {
    kind: ChangeKind;
    key: K;
    row: R;
}

export interface ViewEpoch<K, R> {
    /** Go on after it: `follow(job, view, { after: epoch })`. */
    epoch: number;
    /** All rows: what was told before is to be forgotten. */
    isSnapshot: boolean;
    changes: ViewChange<K, R>[];
}

export interface ViewRows<K, R> {
    epoch: number;
    rows: { key: K; row: R }[];
    /** There are more: the key to go on after. */
    next?: K;
}

export class StreamsError extends Error {
    /** 400 it cannot be read, 404 there is no such thing, 409 an epoch that the job has not reached, 410 one that is not retained, 503 the
     * job does not run. */
    readonly status: number;
}

export class StreamsClient {
    /** @param base where the server is, as `http://server/streams/` */
    constructor(base: string, options?: { headers?: Record<string, string>; fetch?: typeof fetch });
    read<K = string, R = unknown>(job: string, view: string, filter?: ReadFilter): Promise<ViewRows<K, R>>;
    tell(job: string, source: string, rows: unknown[] | object): Promise<{ rows: number }>;
    command<E = unknown, K = string>(job: string, operator: string, key: string,
        command: unknown): Promise<{ key: K; epoch: number; events: E[] }>;
    follow<K = string, R = unknown>(job: string, view: string,
        options?: ViewFilter & { after?: number; signal?: AbortSignal }): AsyncGenerator<ViewEpoch<K, R>, void, void>;
}
