using Akka.Actor;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>One shard of one operator.</summary>
internal readonly record struct ShardName(string Operator, int Shard);

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

/// <summary>Removes what no retained epoch needs: everything before the newest snapshot that counts and is not after
/// <paramref name="oldest"/>.</summary>
internal sealed class TrimShards(long oldest, WriterLog writers) : INoSerializationVerificationNeeded
{
    public long Oldest => oldest;

    public WriterLog Writers => writers;
}

/// <summary>A shard's actor is about to stop, because the journal failed.</summary>
internal sealed record ShardFailed(Exception Error) : INoSerializationVerificationNeeded;
