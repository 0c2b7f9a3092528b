using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>One shard of one operator.</summary>
internal readonly record struct ShardName(string Operator, int Shard)
{
    /// <summary>What the shard of a job is called in the journal.</summary>
    public string IdIn(string job) => $"{Uri.EscapeDataString(job)}/{Uri.EscapeDataString(Operator)}/{Shard}";
}

/// <summary>Asks a shard for something; who asked waits for the task.</summary>
internal abstract class ShardRequest(ShardName shard) : INoSerializationVerificationNeeded
{
    public ShardName Shard { get; } = shard;

    /// <summary>Whether it was answered.</summary>
    public abstract bool IsDone { get; }

    /// <summary>What it was asked for will not come.</summary>
    public abstract void Fail(Exception error);
}

/// <summary>Writes events; completes when the journal has them.</summary>
internal sealed class WriteShard(ShardName shard, IReadOnlyList<ShardEvent> events) : ShardRequest(shard)
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<ShardEvent> Events => events;

    public Task Written => _written.Task;

    public override bool IsDone => _written.Task.IsCompleted;

    public void Complete() => _written.TrySetResult();

    public override void Fail(Exception error) => _written.TrySetException(error);
}

/// <summary>Reads everything that the shard's journal holds, whether it counts or not.</summary>
internal sealed class ReadShard(ShardName shard) : ShardRequest(shard)
{
    private readonly TaskCompletionSource<IReadOnlyList<ShardEvent>> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IReadOnlyList<ShardEvent>> Found => _found.Task;

    public override bool IsDone => _found.Task.IsCompleted;

    public void Complete(IReadOnlyList<ShardEvent> events) => _found.TrySetResult(events);

    public override void Fail(Exception error) => _found.TrySetException(error);
}

/// <summary>Removes what no retained epoch needs from the beginning of journals: everything before the newest snapshot that counts and is
/// not after <paramref name="oldest"/>, and behind that what never counts.</summary>
/// <param name="oldest">The oldest retained epoch.</param>
/// <param name="last">The last committed epoch: what is of a later one may count yet.</param>
/// <param name="counts">Whether an event of a shard, by its writer and epoch, was committed.</param>
internal sealed class TrimShards(long oldest, long last, Func<ShardName, long, long, bool> counts) : INoSerializationVerificationNeeded
{
    /// <summary>Whether an event is a whole state that nothing before it is needed for.</summary>
    public bool BeginsAt(ShardName shard, long writer, long epoch, bool isSnapshot, int part) =>
        isSnapshot && part == 0 && epoch <= oldest && counts(shard, writer, epoch);

    /// <summary>Whether an event is of an epoch that others committed.</summary>
    public bool NeverCounts(ShardName shard, long writer, long epoch) => epoch <= last && !counts(shard, writer, epoch);
}

/// <summary>Stops once what was asked for before is done.</summary>
internal sealed class CloseShards : INoSerializationVerificationNeeded
{
    public static CloseShards Instance { get; } = new();
}

/// <summary>A shard's actor is about to stop, because the journal failed.</summary>
internal sealed record ShardFailed(Exception Error) : INoSerializationVerificationNeeded;
