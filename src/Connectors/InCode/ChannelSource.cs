using System.Threading.Channels;

namespace ActorStreams.Connectors.InCode;

/// <summary>What cannot be read again: one partition, whose offset only counts the rows of all runs.</summary>
internal abstract class VolatileSource<T> : Source<T>
{
    public override SourceGuarantee Guarantee => SourceGuarantee.Volatile;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(["0"]);
}

/// <summary>Rows from a channel.</summary>
/// <param name="rows">Its reading end.</param>
/// <param name="writer">Its writing end, to tell writers that nobody reads any more; null: not known.</param>
internal sealed class ChannelSource<T>(ChannelReader<T> rows, ChannelWriter<T>? writer = null) : VolatileSource<T>
{
    private volatile bool _isDrained;

    public override string Description => $"channel of {typeof(T).Name}";

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(this, rows, context.Operator, from?.Value ?? 0));

    /// <summary>Writers are told: the channel is complete. What was written before is read.</summary>
    public override bool EndInput(SourceContext context)
    {
        if (writer is null)
            return false;
        _isDrained = true;
        writer.TryComplete(
            new JobException(
            $"Pipeline '{context.Pipeline}', source '{context.Operator}': the job is being drained and takes no more rows; this one was not taken."));
        return true;
    }

    private sealed class Reader(ChannelSource<T> channel, ChannelReader<T> rows, string source, long from) : SourceReader<T>
    {
        private long _at = from;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            try
            {
                while (await rows.WaitToReadAsync(cancellation))
                {
                    while (!buffer.IsFull && rows.TryRead(out T? row))
                        buffer.Add(row, _at++);
                    if (buffer.Count > 0)              // another reader of the channel may have been faster
                        return true;
                }

                return false;
            }
            catch (JobException) when (channel._isDrained)
            {
                return false;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw new SourceException(
                    $"The channel of source '{source}' was completed with an error after {_at} rows: {error.Message}", error);
            }
        }
    }
}

/// <summary>Rows from a sequence.</summary>
internal sealed class SequenceSource<T>(IAsyncEnumerable<T> rows) : VolatileSource<T>
{
    public override string Description => $"sequence of {typeof(T).Name}";

    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation) =>
        new(new Reader(rows, context.Operator, context.Clock, from?.Value ?? 0));

    private sealed class Reader(IAsyncEnumerable<T> rows, string source, TimeProvider clock, long from) : SourceReader<T>
    {
        /// <summary>How long the end of a job waits for a sequence that was told to end.</summary>
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

        private readonly CancellationTokenSource _closed = new();
        private IAsyncEnumerator<T>? _sequence;
        private long _at = from;

        /// <summary>The step that was begun and has not been taken yet: a sequence cannot be asked whether a row is there at
        /// once.</summary>
        private Task<bool>? _next;

        public override SourceOffset Offset => new(_at);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            _sequence ??= rows.GetAsyncEnumerator(_closed.Token);
            try
            {
                while (!buffer.IsFull)
                {
                    if (_next is null)
                    {
                        ValueTask<bool> step = _sequence.MoveNextAsync();
                        if (step.IsCompletedSuccessfully)
                        {
                            if (!step.Result)
                            {
                                _next = Task.FromResult(false);
                                return buffer.Count > 0;
                            }

                            buffer.Add(_sequence.Current, _at++);
                            continue;
                        }

                        _next = step.AsTask();
                    }

                    if (!_next.IsCompleted && buffer.Count > 0)
                        return true;
                    if (!await _next.WaitAsync(cancellation))
                        return buffer.Count > 0;
                    _next = null;
                    buffer.Add(_sequence.Current, _at++);
                }

                return true;
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                throw new SourceException($"The sequence of source '{source}' failed after {_at} rows: {error.Message}", error);
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await _closed.CancelAsync();
            try
            {
                await CloseAsync().WaitAsync(s_patience, clock);
            }
            catch (TimeoutException)
            {
                // a sequence that ignores its token must not hold the end of the job
            }

            await base.DisposeAsync();
        }

        /// <summary>Closes the sequence once it stands still: an enumerator must not be disposed of while it moves.</summary>
        private async Task CloseAsync()
        {
            try
            {
                if (_next is not null)
                    await _next;
                if (_sequence is not null)
                    await _sequence.DisposeAsync();
            }
            catch (Exception)
            {
                // the job has ended already; what the sequence says to that does not matter
            }

            _closed.Dispose();
        }
    }
}
