using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What a node of a job on many nodes reads and writes: events to the journals of its shards, rows for tables and topics to the
/// store of the rows. The epoch's row makes both count, or neither.</summary>
/// <remarks>
/// Each attempt to write what an instance adds to an epoch has a number of its own, which the part tells, because one that failed leaves
/// events behind. Who was overtaken may write, too: if it is first with a number of the journal, this node reads the shard again and writes
/// behind it.
/// </remarks>
/// <param name="rows">The node's part of the store of the rows.</param>
/// <param name="shards">The journals.</param>
/// <param name="where">The store and the job, for messages.</param>
internal sealed class AkkaNode(NodeJournal rows, ShardJournals shards, string where) : NodeJournal
{
    /// <summary>How often a part is written before the journal counts as not available.</summary>
    private const int Tries = 4;

    private readonly ShardCleaning _cleaning = new(rows, shards);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Attempts> _attempts = [];

    public override long Generation => rows.Generation;

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        rows.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => rows.LastEpochAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) => shards.ReadAsync(rows, operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (part.Events.Any(one => one.Epoch != part.Epoch))
        {
            throw new InvalidOperationException(
                $"{where}, epoch {part.Epoch}: instance {part.Instance} prepares an event of another epoch. Nothing was written.");
        }

        Task<PreparedPart> preparing = PrepareRowsAsync(part, cancellation);
        ShardPart written;
        try
        {
            written = await WriteAsync(part, cancellation);
        }
        catch
        {
            await ((Task)preparing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        PreparedPart outputs = await preparing;
        _cleaning.OnWritten(part);
        uint sum = outputs.Sum;
        foreach (JournalEvent one in part.Events)
            sum = unchecked(sum + (one.Checksum ?? JournalChecksum.Of(one)));
        return new PreparedPart(part.Instance, part.Events.Count, outputs.Outputs, sum, part.Events.Any(static one => one.IsSnapshot))
        {
            Note = (written with { RowsSum = outputs.Sum }).Encode()
        };
    }

    public override async ValueTask DisposeAsync()
    {
        await _cleaning.EndAsync();
        await shards.CloseAsync();
        await rows.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task<PreparedPart> PrepareRowsAsync(EpochPart part, CancellationToken cancellation) =>
        part.Tables.Count == 0 && part.Topics.Count == 0 ? new PreparedPart(part.Instance, 0, 0, 0, HasSnapshots: false)
        : await rows.PrepareAsync(part with { Events = [] }, cancellation);

    /// <summary>Writes the events, once more behind whatever is in the way. As in one process, what fails is tried a few times at once:
    /// Akka.Persistence stops the actor of a shard whose number was taken, and a new one reads what is there.</summary>
    private async Task<ShardPart> WriteAsync(EpochPart part, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            ShardPart next = Next(part);
            try
            {
                await shards.WriteAsync(part.Events, next.Writer, cancellation);
                return next;
            }
            catch (StoreException error) when (error.IsTransient && tries < Tries)
            {
                await CheckFenceAsync(cancellation);
            }
        }
    }

    private async Task CheckFenceAsync(CancellationToken cancellation)
    {
        if (await rows.LastEpochAsync(cancellation) is { } last && last.Generation > Generation)
        {
            throw new FencedException($"{where}: generation {Generation}, in which this node takes part, was overtaken by generation " +
                $"{last.Generation}. Nothing that it writes counts.");
        }
    }

    /// <summary>Numbers the next attempt to write a part.</summary>
    private ShardPart Next(EpochPart part)
    {
        (ShardName Shard, bool IsSnapshot)[] written =
            [.. part.Events.Select(static one => (new ShardName(one.Operator, one.Shard), one.IsSnapshot)).Distinct()];
        lock (_lock)
        {
            if (!_attempts.TryGetValue(part.Instance, out Attempts? attempts) || attempts.Epoch != part.Epoch)
                _attempts[part.Instance] = attempts = new Attempts(part.Epoch);
            ShardName[] before = [.. attempts.Shards.Except(written.Select(static one => one.Shard))];
            attempts.Shards.UnionWith(written.Select(static one => one.Shard));
            return new ShardPart(WriterLog.NodeOf(Generation, attempts.Count++), 0, written, before);
        }
    }

    /// <summary>The attempts to write what one instance adds to an epoch.</summary>
    private sealed class Attempts(long epoch)
    {
        public long Epoch => epoch;

        public int Count { get; set; }

        /// <summary>What any of them may have written to.</summary>
        public HashSet<ShardName> Shards { get; } = [];
    }
}
