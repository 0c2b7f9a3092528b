using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;
using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>The journals of a job's shards, each behind an actor.</summary>
internal sealed class ShardJournals(ActorSystem system, string job, string store, AkkaPersistenceOptions options)
{
    private readonly IActorRef _shards = system.ActorOf(Props.Create(() => new ShardsActor(job, options.JournalPlugin)));

    /// <summary>Writes the events of an epoch, every shard's beside the others'.</summary>
    /// <exception cref="StoreException">The journal did not take them, or did not say that it has.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<JournalEvent> events, long writer, CancellationToken cancellation)
    {
        List<WriteShard> writes = [.. events.GroupBy(one => new ShardName(one.Operator, one.Shard))
            .Select(shard => new WriteShard(shard.Key, [.. shard.OrderBy(one => one.Part).Select(one => ShardEvent.Of(one, writer))]))];
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
    public async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch, WriterLog writers,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reads = new Queue<ReadShard>();
        int next = firstShard, end = (int)Math.Min(int.MaxValue, (long)firstShard + count);
        while (next < end || reads.Count > 0)
        {
            for (; next < end && reads.Count < options.ShardsAtOnce; next++)
            {
                var read = new ReadShard(new ShardName(operatorName, next));
                _shards.Tell(read);
                reads.Enqueue(read);
            }

            ReadShard first = reads.Dequeue();
            foreach (JournalEvent found in await FoundAsync(first, epoch, writers, cancellation))
                yield return found;
        }
    }

    /// <summary>Removes what no epoch from <paramref name="oldest"/> on needs, now or later.</summary>
    public void Trim(long oldest, WriterLog writers) => _shards.Tell(new TrimShards(oldest, writers));

    /// <summary>Stops the actors; what was told before is still written.</summary>
    public void Close() => _shards.Tell(PoisonPill.Instance);

    private async ValueTask<List<JournalEvent>> FoundAsync(ReadShard read, long epoch, WriterLog writers, CancellationToken cancellation)
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
            if (one.Epoch > epoch || !writers.Counts(one.Writer, one.Epoch))
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
