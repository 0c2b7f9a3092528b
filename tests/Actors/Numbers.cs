using ActorStreams.Authoring;

namespace ActorStreams.Actors.Tests;

/// <summary>The numbers from 1 as far as a test allows, and what is open of the source.</summary>
internal sealed class Numbers : Source<int>
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _allowed, _read;
    private bool _isEnded;
    private int _open;

    public override string Description => "numbers";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    /// <summary>Readers that are not closed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Completes when a job that reads it has ended.</summary>
    public TaskCompletionSource JobEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every reader that was ever made.</summary>
    public List<WeakReference> Readers { get; } = [];

    /// <summary>Lets the numbers up to this one be read, and waits until they are.</summary>
    public async Task ToAsync(int last)
    {
        Change(() => _allowed = last);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_read >= last)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(Limits.Test);
        }
    }

    /// <summary>The numbers up to this one, and no more.</summary>
    public void End(int last) => Change(() => (_allowed, _isEnded) = (last, true));

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);

    public override ValueTask<SourceReader<int>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        var reader = new Reader(this, (int)(from?.Value ?? 0));
        lock (_lock)
            Readers.Add(new WeakReference(reader));
        Interlocked.Increment(ref _open);
        return new(reader);
    }

    public override void OnJobEnded(SourceContext context, Exception? error) => JobEnded.TrySetResult();

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    private sealed class Reader(Numbers source, int at) : SourceReader<int>
    {
        private int _at = at;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<int> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (source._lock)
                {
                    for (; _at < source._allowed && !buffer.IsFull; _at++)
                        buffer.Add(_at + 1, _at);
                    if (buffer.Count == 0 && source._isEnded)
                        return false;
                    changed = source._changed.Task;
                }

                if (buffer.Count > 0)
                {
                    source.Change(() => source._read = Math.Max(source._read, _at));
                    return true;
                }

                await changed.WaitAsync(cancellation);
            }
        }

        public override ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref source._open);
            return base.DisposeAsync();
        }
    }
}
