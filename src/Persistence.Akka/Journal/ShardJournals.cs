using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;
using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>The journals of a job's shards, each behind an actor.</summary>
/// <param name="system">Where the actors are.</param>
/// <param name="job">The job.</param>
/// <param name="store">What the store is called in messages.</param>
/// <param name="plugin">The journal plugin, as shards use it.</param>
/// <param name="shardsAtOnce">Shards that are restored at the same time.</param>
internal sealed class ShardJournals(ActorSystem system, string job, string store, string plugin, int shardsAtOnce)
{
    /// <summary>Characters of a name in a journal: what tables of journals have room for.</summary>
    private const int LongestId = 255;

    /// <summary>For how long what was asked for is waited for at the end: longer than Akka's circuit breaker lets a plugin take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly IActorRef _shards = system.ActorOf(Props.Create(() => new ShardsActor(job, plugin)));

    /// <summary>Writes the events of an epoch, every shard's beside the others'.</summary>
    /// <exception cref="StoreException">The journal did not take them, or did not say that it has.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<JournalEvent> events, long writer, CancellationToken cancellation)
    {
        List<WriteShard> writes = [.. events.GroupBy(one => new ShardName(one.Operator, one.Shard))
            .Select(shard => new WriteShard(shard.Key, [.. shard.OrderBy(one => one.Part).Select(one => ShardEvent.Of(one, writer))]))];
        foreach (WriteShard write in writes)
            CheckLength(write.Shard);
        foreach (WriteShard write in writes)
            _shards.Tell(write);
        foreach (WriteShard write in writes)
        {
            try
            {
                await write.Written.WaitAsync(cancellation);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw Failed(write.Shard, "was not written", error);
            }
        }
    }

    /// <summary>Reads the events that count of a range of shards, from the newest snapshot on.</summary>
    /// <exception cref="StoreException">The epoch is not retained, or was not until all was read: what it needs may have been removed
    /// meanwhile.</exception>
    public async IAsyncEnumerable<JournalEvent> ReadAsync(JobReader rows, string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        JournalHead head = await CommitMarks.HeadAsync(rows, epoch, cancellation);
        await foreach (JournalEvent found in ReadAsync(operatorName, firstShard, count, epoch, head, cancellation))
            yield return found;
        await CommitMarks.HeadAsync(rows, epoch, cancellation);
    }

    private async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch, JournalHead head,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reads = new Queue<ReadShard>();
        int next = firstShard, end = (int)Math.Min(int.MaxValue, (long)firstShard + count);
        while (next < end || reads.Count > 0)
        {
            for (; next < end && reads.Count < shardsAtOnce; next++)
            {
                var shard = new ShardName(operatorName, next);
                if (!head.Shards.Has(shard))
                    continue;
                var read = new ReadShard(shard);
                _shards.Tell(read);
                reads.Enqueue(read);
            }

            if (!reads.TryDequeue(out ReadShard? first))
                continue;
            foreach (JournalEvent found in await FoundAsync(first, epoch, head, cancellation))
                yield return found;
        }
    }

    /// <summary>Removes what no epoch from <paramref name="oldest"/> to <paramref name="last"/>, the last one, needs, now or
    /// later.</summary>
    public void Trim(long oldest, long last, JournalHead head) => _shards.Tell(new TrimShards(oldest, last, head.Counts));

    /// <summary>Stops the actors when they have done what they were told.</summary>
    public async ValueTask CloseAsync()
    {
        try
        {
            await _shards.GracefulStop(s_patience, CloseShards.Instance);
        }
        catch (TaskCanceledException)
        {
            system.Stop(_shards);   // the plugin does not answer
        }
    }

    private void CheckLength(ShardName shard)
    {
        string id = shard.IdIn(job);
        if (id.Length > LongestId)
        {
            throw new StoreException(
                $"{store}, job '{job}': operator '{shard.Operator}' would be '{id}' in the journal, which is {id.Length} characters long; tables of journals have room for " +
                $"{LongestId}. Give the pipeline or the operator a shorter name.");
        }
    }

    private async ValueTask<List<JournalEvent>> FoundAsync(ReadShard read, long epoch, JournalHead head, CancellationToken cancellation)
    {
        IReadOnlyList<ShardEvent> all;
        try
        {
            all = await read.Found.WaitAsync(cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw Failed(read.Shard, "cannot be read", error);
        }

        var found = new List<JournalEvent>();
        foreach (ShardEvent one in all)
        {
            if (one.Epoch > epoch || !head.Counts(read.Shard, one.Writer, one.Epoch))
                continue;
            JournalEvent entry = one.At(read.Shard.Operator, read.Shard.Shard);
            if (JournalChecksum.Of(entry) != one.Checksum)
            {
                throw new StoreException($"{store}, job '{job}': operator '{entry.Operator}', shard {entry.Shard}, epoch {entry.Epoch}, part {entry.Part} is damaged (its CRC32C " +
                    "does not match). Restore the journal from a backup, or go on from an earlier epoch.");
            }

            if (entry is { IsSnapshot: true, Part: 0 })
                found.Clear();
            found.Add(entry);
        }

        return found;
    }

    private StoreException Failed(ShardName shard, string what, Exception error) => new(
        $"{store}, job '{job}': operator '{shard.Operator}', shard {shard.Shard} {what}: {error.Message}", isTransient: true, error);
}
