using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>The reads of one partition, one after another: each is begun, waited for if need be, and taken once it is done.</summary>
/// <param name="reader">Reads the partition.</param>
/// <param name="inbox">Woken when a read is done.</param>
/// <param name="closing">Cancels the read that is under way when the job ends.</param>
internal sealed class PartitionReads<T>(SourceReader<T> reader, Inbox inbox, CancellationToken closing)
{
    private Task<bool>? _reading;

    public SourceReader<T> Reader => reader;

    /// <summary>Whether a read is to be taken, done or not: until then the buffer is the reader's, whatever stands in it already.</summary>
    public bool IsUnderWay => _reading is not null;

    /// <summary>Whether a read waits for rows.</summary>
    public bool IsWaiting => _reading is { IsCompleted: false };

    /// <summary>Begins a read.</summary>
    /// <returns>Whether it is done already; <paramref name="isMore"/> as of <see cref="SourceReader{T}.ReadAsync"/>.</returns>
    public bool Begin(SourceBuffer<T> buffer, out bool isMore)
    {
        ValueTask<bool> read = reader.ReadAsync(buffer, closing);
        if (read.IsCompleted)
        {
            isMore = read.GetAwaiter().GetResult();
            return true;
        }

        isMore = true;
        _reading = read.AsTask();
        _reading.GetAwaiter().OnCompleted(inbox.Wake);
        return false;
    }

    /// <summary>Takes the read that is under way, if it is done.</summary>
    public bool TryTake(out bool isMore)
    {
        isMore = true;
        if (_reading is not { IsCompleted: true } done)
            return false;
        _reading = null;
        isMore = done.GetAwaiter().GetResult();
        return true;
    }

    public async ValueTask CloseAsync()
    {
        if (_reading is not null)
        {
            // A read still under way is cancelled by now; how it ends says nothing any more.
            await _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Current);
        }

        await reader.DisposeAsync();
    }
}
