using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>The job's one writer: events to the shards' journals, then the row that makes them count.</summary>
/// <remarks>
/// An epoch whose row was not committed leaves events behind. What is written after them has another writer's number, and the row of the
/// next epoch tells since when: so they never count, though they stay in the middle of the journal until a snapshot makes it short.
/// </remarks>
internal sealed class AkkaJournal(JobJournal rows, ShardJournals shards, long last, WriterLog writers) : JobJournal
{
    /// <summary>How often an epoch is written before the journal counts as not available.</summary>
    private const int Tries = 4;

    /// <summary>Epochs at whose end snapshots were taken that may make journals shorter.</summary>
    private readonly SortedSet<long> _snapshots = [];
    private long _last = last;
    private WriterLog _writers = writers;

    /// <summary>Attempts to commit, or rewinds, that left events behind.</summary>
    private int _attempt;

    /// <summary>Since when the present writer commits; 0: it has not yet.</summary>
    private long _since;

    public override long Generation => rows.Generation;

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        rows.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => rows.LastEpochAsync(cancellation);

    public override ValueTask CheckFenceAsync(CancellationToken cancellation = default) => rows.CheckFenceAsync(cancellation);

    public override async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await CommitMarks.CheckRetainedAsync(rows, epoch, cancellation);
        await foreach (JournalEvent found in shards.ReadAsync(operatorName, firstShard, count, epoch, _writers, cancellation))
            yield return found;
    }

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
            await rows.CommitAsync(commit with { Events = CommitMarks.Of(commit, commit.Epoch == _since ? _writers : null) }, cancellation);
            return;
        }

        WriterLog now = await WriteAsync(commit, cancellation);
        bool isFirst = !ReferenceEquals(now, _writers);
        try
        {
            await rows.CommitAsync(commit with { Events = CommitMarks.Of(commit, isFirst ? now : null) }, cancellation);
        }
        catch
        {
            _attempt++;
            throw;
        }

        (_last, _writers) = (commit.Epoch, now);
        if (isFirst)
            _since = commit.Epoch;
        Trim(commit);
    }

    public override async ValueTask RewindAsync(long epoch, CancellationToken cancellation = default)
    {
        await rows.RewindAsync(epoch, cancellation);
        (_last, _since) = (epoch, 0);
        _attempt++;
        _writers = await CommitMarks.WritersAsync(rows, epoch, cancellation);
        _snapshots.RemoveWhere(taken => taken > epoch);
    }

    public override async ValueTask DisposeAsync()
    {
        shards.Close();
        await rows.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Writes the events of an epoch. Somebody who is fenced may write to a shard at the same moment: the journal then refuses
    /// whoever comes second, which may be this writer. As long as it is not fenced it writes all of the epoch once more, behind the
    /// other.</summary>
    /// <returns>Who wrote which epoch, with this one.</returns>
    private async ValueTask<WriterLog> WriteAsync(EpochCommit commit, CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            await rows.CheckFenceAsync(cancellation);
            long writer = WriterLog.WriterOf(Generation, _attempt);
            try
            {
                await shards.WriteAsync(commit.Events, writer, cancellation);
                return _writers.Then(writer, commit.Epoch);
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

    private void Trim(EpochCommit commit)
    {
        if (commit.Events.Any(one => one.IsSnapshot))
            _snapshots.Add(commit.Epoch);
        long oldest = Math.Min(commit.RetainFrom, commit.Epoch);
        if (_snapshots.RemoveWhere(taken => taken <= oldest) > 0)
            shards.Trim(oldest, _writers);
    }
}
