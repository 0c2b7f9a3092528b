using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Process;
using ActorStreams.Core.State;

namespace ActorStreams.Actors.Entities;

/// <summary>Questions for committed states: one shard is read from the store at a time, for all who wait for a key of it.</summary>
/// <param name="job">The job.</param>
/// <param name="operatorName">The operator.</param>
/// <param name="node">The operator.</param>
/// <param name="onRead">Takes an answer: the state, and the epoch at whose end it was so.</param>
/// <param name="onFailed">Takes the reason why there is none.</param>
internal sealed class CommittedReads(Job job, string operatorName, IEntityNode node, Action<WaitingMessage, object?, long> onRead,
    Action<WaitingMessage, Exception> onFailed)
{
    /// <summary>An epoch may be gone before its shard is read, if others are committed meanwhile.</summary>
    private const int MostTries = 10;

    private readonly LinkedList<WaitingMessage> _asked = new();
    private bool _isReading;
    private bool _hasEnded;

    /// <summary>Takes a question in.</summary>
    /// <returns>Whether <see cref="ReadAsync"/> is to be started.</returns>
    public bool Add(WaitingMessage question)
    {
        _asked.AddLast(question);
        return !_isReading && (_isReading = true);
    }

    /// <summary>Reads until nobody waits.</summary>
    public async Task ReadAsync()
    {
        while (_asked.First is { } first && !_hasEnded)
        {
            // Those who ask while it is read may know of a later epoch.
            JobRun run = job.Run;
            int shard = ShardOf(first.Value, run.Shards);
            List<WaitingMessage> asked = TakeAll(shard, run.Shards);
            EntityStates states;
            long epoch;
            try
            {
                (states, epoch) = await ShardAsync(shard, run);
            }
            catch (Exception error)
            {
                foreach (WaitingMessage question in asked)
                    onFailed(question, error);
                continue;
            }

            foreach (WaitingMessage question in asked)
                Answer(question, states, epoch);
        }

        _isReading = false;
    }

    /// <summary>Nothing is read any more.</summary>
    public void End() => _hasEnded = true;

    private List<WaitingMessage> TakeAll(int shard, ShardMap shards)
    {
        List<WaitingMessage> taken = [];
        for (LinkedListNode<WaitingMessage>? at = _asked.First, next; at is not null; at = next)
        {
            next = at.Next;
            if (ShardOf(at.Value, shards) != shard)
                continue;
            taken.Add(at.Value);
            _asked.Remove(at);
        }

        return taken;
    }

    private void Answer(WaitingMessage asked, EntityStates states, long epoch)
    {
        object? state;
        try
        {
            state = states.ReadAny(operatorName, asked.Envelope.Key, asked.Question!.State);
        }
        catch (JobException wrong)
        {
            onFailed(asked, wrong);
            return;
        }

        onRead(asked, state, epoch);
    }

    /// <summary>A shard as it is committed.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="run">By whose map it is that one: until an epoch is committed each run hashes by a seed of its own, and there is
    /// nothing to be read.</param>
    private async Task<(EntityStates States, long Epoch)> ShardAsync(int shard, JobRun run)
    {
        long epoch = run.Epoch;
        if (epoch == 0)
            return (node.CreateStates(new ShardRange(shard, 1, run.Shards)), 0);
        for (int tries = 1; ; tries++)
        {
            try
            {
                EntityStates states = await StoredStates.ReadAsync(job, node.CreateStates, operatorName, epoch,
                    map => new ShardRange(shard, 1, map), CancellationToken.None);
                return (states, epoch);
            }
            catch (StoreException gone) when (gone.IsEpochGone && tries < MostTries && job.Epoch > epoch)
            {
                epoch = job.Epoch;
            }
        }
    }

    private int ShardOf(WaitingMessage asked, ShardMap shards) => node.ShardOf(operatorName, asked.Envelope.Key, shards);
}
