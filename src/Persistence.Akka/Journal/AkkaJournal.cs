using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>The job's one writer: events to the shards' journals, then the row that makes them count.</summary>
/// <remarks>
/// An epoch whose row was not committed leaves events behind. What is written after them has another writer's number, and the row of the
/// next epoch tells since when: so they never count, though they stay in the middle of the journal until a snapshot makes it short.
/// What nodes have written (<see cref="AkkaNode"/>) is there before the epoch is committed; its row tells which of their attempts counts.
/// </remarks>
/// <param name="rows">What decides.</param>
/// <param name="shards">The journals.</param>
/// <param name="where">The store and the job, for messages.</param>
/// <param name="last">The last committed epoch.</param>
/// <param name="head">What it tells of the journals.</param>
internal sealed class AkkaJournal(JobJournal rows, ShardJournals shards, string where, long last, JournalHead head) : JobJournal
{
    /// <summary>How often an epoch is written before the journal counts as not available.</summary>
    private const int Tries = 4;

    /// <summary>Epochs at whose end snapshots were taken that may make journals shorter.</summary>
    private readonly SortedSet<long> _snapshots = [];

    /// <summary>Snapshots of shards that have parts by other writers than those of their epochs: such parts are forgotten with what is
    /// before.</summary>
    private readonly Dictionary<ShardName, SortedSet<long>> _snapshotsOfShards = [];
    private long _last = last;
    private JournalHead _head = head;

    /// <summary>The epoch whose row was last given to the store without an answer that it has it, and the head that it has then.</summary>
    private (long Epoch, JournalHead Head)? _unanswered;

    /// <summary>Attempts to commit, or rewinds, that left events behind.</summary>
    private int _attempt;

    public override long Generation => rows.Generation;

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        rows.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => rows.LastEpochAsync(cancellation);

    public override ValueTask CheckFenceAsync(CancellationToken cancellation = default) => rows.CheckFenceAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) => shards.ReadAsync(rows, operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        if (commit.Events.FirstOrDefault(one => one.Epoch != commit.Epoch || one.Shard < 0 || one.Part < 0) is { Operator: not null } wrong)
        {
            throw new InvalidOperationException(
                $"Epoch {commit.Epoch} holds an event of operator '{wrong.Operator}', shard {wrong.Shard}, epoch {wrong.Epoch}, part {wrong.Part}, which is not of this epoch. " +
                "Nothing was written.");
        }

        if (commit.Epoch != _last + 1)
        {
            // An epoch that is committed already: its row tells whether it is the same. Or one that leaves a gap: the store refuses it.
            await rows.CommitAsync(
                commit with
                {
                    Events = await CommitMarks.AgainAsync(rows, commit, cancellation),
                    Prepared = OfRows(commit, PartsOf(commit)),
                }, cancellation);
            return;
        }

        IReadOnlyList<ShardPart> parts = PartsOf(commit);
        JournalHead now = await CommittedAsync(commit.Epoch, cancellation) ?? await WriteAsync(commit, parts, cancellation);
        bool isFirst = !ReferenceEquals(now.Writers, _head.Writers);
        try
        {
            await rows.CommitAsync(
                commit with { Events = CommitMarks.Of(commit, _head, now), Prepared = OfRows(commit, parts) }, cancellation);
        }
        catch
        {
            _unanswered = (commit.Epoch, now);
            _attempt++;
            throw;
        }

        (_last, _head, _unanswered) = (commit.Epoch, now, null);
        NoteSnapshots(commit, parts);
        Trim(commit, isFirst);
    }

    public override async ValueTask RewindAsync(long epoch, CancellationToken cancellation = default)
    {
        await rows.RewindAsync(epoch, cancellation);
        (_last, _unanswered) = (epoch, null);
        _attempt++;
        _head = await CommitMarks.HeadAsync(rows, epoch, cancellation);
        _snapshots.RemoveWhere(taken => taken > epoch);
        _snapshotsOfShards.Clear();
    }

    public override async ValueTask DisposeAsync()
    {
        await shards.CloseAsync();
        await rows.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The head of an epoch whose row the store has after all, though it did not say so; null: it has it not.</summary>
    private async ValueTask<JournalHead?> CommittedAsync(long epoch, CancellationToken cancellation) =>
        _unanswered is { } unanswered && unanswered.Epoch == epoch && await rows.LastEpochAsync(cancellation) is { } last
        && last.Epoch == epoch ? unanswered.Head : null;

    /// <summary>Writes the events of an epoch. Somebody who is fenced may write to a shard at the same moment: the journal then refuses
    /// whoever comes second, which may be this writer. As long as it is not fenced it writes all of the epoch once more, behind the
    /// other.</summary>
    /// <returns>The head that the epoch has.</returns>
    private async ValueTask<JournalHead> WriteAsync(EpochCommit commit, IReadOnlyList<ShardPart> parts, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            await rows.CheckFenceAsync(cancellation);
            long writer = WriterLog.WriterOf(Generation, _attempt);
            try
            {
                await shards.WriteAsync(commit.Events, writer, cancellation);
                return HeadOf(commit, writer, parts);
            }
            catch (StoreException) when (tries < Tries)
            {
                _attempt++;
            }
            catch
            {
                _attempt++;
                throw;
            }
        }
    }

    /// <param name="commit">The epoch.</param>
    /// <param name="writer">Who has written its own events.</param>
    /// <param name="parts">What nodes have written.</param>
    private JournalHead HeadOf(EpochCommit commit, long writer, IReadOnlyList<ShardPart> parts)
    {
        long nodes = WriterLog.NodeOf(Generation, 0), own = writer;
        List<(ShardName, long)> others = [];
        if (parts.Count > 0 || (commit.Events.Count == 0 && _head.Writers.Last == nodes))
        {
            writer = nodes;
            others.AddRange(ShardsOf(commit).Select(shard => (shard, own)));
            foreach (ShardPart part in parts.Where(one => one.Writer != nodes))
                others.AddRange(part.Shards.Select(static one => one.Shard).Concat(part.Void).Select(shard => (shard, part.Writer)));
        }

        long retained = Math.Min(commit.RetainFrom, commit.Epoch);
        OtherWriters now = _head.Others.With(commit.Epoch, others);
        foreach ((ShardName shard, SortedSet<long> snapshots) in _snapshotsOfShards)
            now = now.Without(shard, snapshots.LastOrDefault(taken => taken <= retained));
        return new JournalHead(_head.Writers.Then(writer, commit.Epoch), now,
            _head.Shards.With(ShardsOf(commit).Concat(parts.SelectMany(static part => part.Shards.Select(static one => one.Shard)))))
        { RetainFrom = retained };
    }

    private void NoteSnapshots(EpochCommit commit, IReadOnlyList<ShardPart> parts)
    {
        if (_head.Others.Shards.Count == 0)
        {
            _snapshotsOfShards.Clear();
            return;
        }

        IEnumerable<ShardName> own = commit.Events.Where(static one => one.IsSnapshot)
            .Select(static one => new ShardName(one.Operator, one.Shard));
        IEnumerable<ShardName> ofNodes = parts.SelectMany(static part => part.Shards.Where(static one => one.IsSnapshot)
            .Select(static one => one.Shard));
        foreach (ShardName shard in own.Concat(ofNodes))
        {
            if (!_head.Others.Shards.Contains(shard))
                continue;
            if (!_snapshotsOfShards.TryGetValue(shard, out SortedSet<long>? taken))
                _snapshotsOfShards.Add(shard, taken = []);
            taken.Add(commit.Epoch);
        }
    }

    private static IEnumerable<ShardName> ShardsOf(EpochCommit commit) =>
        commit.Events.Select(static one => new ShardName(one.Operator, one.Shard)).Distinct();

    private ShardPart[] PartsOf(EpochCommit commit) => [.. commit.Prepared.Select(part => ShardPart.Of(where, commit.Epoch, part))];

    /// <summary>What nodes have prepared for tables and topics.</summary>
    private static IReadOnlyList<PreparedPart> OfRows(EpochCommit commit, IReadOnlyList<ShardPart> parts) =>
        [.. commit.Prepared.Zip(parts).Where(static one => one.First.Outputs > 0)
            .Select(static one => new PreparedPart(one.First.Instance, 0, one.First.Outputs, one.Second.RowsSum, HasSnapshots: false))];

    /// <param name="commit">The epoch, which is committed.</param>
    /// <param name="isFirst">Whether it is the writer's first: what the one before it left is removed, too.</param>
    private void Trim(EpochCommit commit, bool isFirst)
    {
        if (commit.Events.Any(one => one.IsSnapshot))
            _snapshots.Add(commit.Epoch);
        long oldest = Math.Min(commit.RetainFrom, commit.Epoch);
        if (_snapshots.RemoveWhere(taken => taken <= oldest) > 0 || isFirst)
            shards.Trim(oldest, commit.Epoch, _head);
    }
}
