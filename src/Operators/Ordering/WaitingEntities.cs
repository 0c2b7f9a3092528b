using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Ordering;

/// <summary>What an ordering keeps: a question about its one key gets the rows that wait, in the order in which they will go.</summary>
internal sealed class WaitingEntities<T>(ShardRange shards, IComparer<T> comparer) : EntityStates<byte>
{
    public WaitingRows<T> Rows { get; } = new(shards, comparer);

    public override IReadOnlyList<IShardedState> Journaled => [Rows];

    public override IReadOnlyList<string> Names => [Rows.Name];

    public override object Read(byte key, string name) => key == WaitingRows<T>.Key ? Rows.InOrder() : [];
}
