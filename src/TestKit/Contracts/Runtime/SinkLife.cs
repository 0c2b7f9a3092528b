namespace ActorStreams.TestKit;

/// <summary>The lives of a job as its sink sees them: opened, written, prepared, committed by the store, told; and ended at any of these
/// steps.</summary>
/// <param name="site">Where the sink writes to.</param>
internal sealed class SinkLife<T>(SinkSite<T> site) : IAsyncDisposable
{
    private const string Job = "pipeline";

    private readonly List<SinkWriter<T>> _writers = [];
    private PreparedOutput[] _prepared = [];
    private byte[]?[] _handles = [];
    private JobJournal? _journal;
    private int _chunk;

    public SinkSite<T> Site => site;

    /// <summary>The last epoch that the store has committed.</summary>
    public long Committed { get; private set; }

    /// <summary>Starts the job, for the first time or after <see cref="CrashAsync"/>.</summary>
    public async Task OpenAsync(int writers = 1)
    {
        Sink<T> sink = site.NewSink();
        _journal = await site.Store.OpenAsync(Job);
        Array.Resize(ref _handles, writers);
        for (int writer = 0; writer < writers; writer++)
        {
            var context = new SinkContext(Job, "sink", writer, Committed, _handles[writer], _journal.Generation, new JobOptions().Clock)
            {
                Store = site.Store,
            };
            _writers.Add(await sink.OpenAsync(context, CancellationToken.None));
        }
    }

    /// <summary>Writes rows, in pieces of several sizes; flushes when the writer is full.</summary>
    public async Task WriteAsync(IEnumerable<T> rows, int writer = 0)
    {
        foreach (T[] piece in rows.Chunk(1 + (_chunk++ % 5)))
        {
            if (_writers[writer].IsFull)
                await _writers[writer].FlushAsync(CancellationToken.None);
            _writers[writer].Write(new Chunk<T>(piece, new long[piece.Length]));
            _writers[writer].OnWatermark(_chunk);

            // What was a chunk is the engine's own again: other rows come to stand there.
            Array.Clear(piece);
        }
    }

    public async Task FlushAsync()
    {
        foreach (SinkWriter<T> writer in _writers)
            await writer.FlushAsync(CancellationToken.None);
    }

    /// <summary>The barrier: what was written so far is the next epoch.</summary>
    public async Task PrepareAsync()
    {
        _prepared = new PreparedOutput[_writers.Count];
        for (int writer = 0; writer < _writers.Count; writer++)
            _prepared[writer] = await _writers[writer].PrepareAsync(Committed + 1, CancellationToken.None);
    }

    /// <summary>The store commits the epoch that was prepared.</summary>
    public async Task StoreAsync()
    {
        await _journal!.CommitAsync(new EpochCommit
        {
            Epoch = Committed + 1,
            CommittedAt = 1_000_000 * (Committed + 1),
            Manifest = new byte[] { 1 },
            Events = [],
            Tables = [.. _prepared.SelectMany(output => output.Tables)],
            Topics = [.. _prepared.SelectMany(output => output.Topics)],
            RetainFrom = 0,
        });
        Committed++;
        _handles = [.. _prepared.Select(output => output.Handle)];
    }

    /// <summary>The writers are told of it.</summary>
    public async Task TellAsync()
    {
        for (int writer = 0; writer < _writers.Count; writer++)
            await _writers[writer].CommitAsync(Committed, _handles[writer], CancellationToken.None);
    }

    /// <summary>Barrier, commit and telling, all of it.</summary>
    public async Task CommitAsync()
    {
        await PrepareAsync();
        await StoreAsync();
        await TellAsync();
    }

    /// <summary>The process ends: its files and connections are closed, nothing else is done.</summary>
    public async Task CrashAsync()
    {
        foreach (SinkWriter<T> writer in _writers)
            await writer.DisposeAsync();
        _writers.Clear();
        if (_journal is not null)
            await _journal.DisposeAsync();
        _journal = null;
    }

    public async ValueTask DisposeAsync() => await CrashAsync();
}
