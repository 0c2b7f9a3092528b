using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>A node with entities, for those who do not know the type of its keys.</summary>
internal interface IEntityNode
{
    /// <summary>Empty states for some shards.</summary>
    EntityStates CreateStates(ShardRange shards);

    /// <summary>The shard of a key.</summary>
    /// <exception cref="JobException">The key is of another type.</exception>
    int ShardOf(string operatorName, object key, ShardMap shards);

    /// <summary>Writes a key for another process.</summary>
    /// <exception cref="JobException">The key is of another type.</exception>
    void WriteKey(string operatorName, object key, BlobWriter writer);

    /// <summary>Reads a key that another process has written.</summary>
    /// <exception cref="CodecException">The bytes are no key.</exception>
    object ReadKey(ref BlobReader reader);
}

/// <summary>A node whose stored entities can be read without running it.</summary>
internal interface IEntityNode<TKey> : IEntityNode
{
    /// <summary>Empty states for some shards.</summary>
    EntityStates<TKey> CreateEntities(ShardRange shards);

    EntityStates IEntityNode.CreateStates(ShardRange shards) => CreateEntities(shards);

    int IEntityNode.ShardOf(string operatorName, object key, ShardMap shards) =>
        shards.ShardOf(shards.HashOf(AnyKey.As<TKey>(operatorName, key)));

    void IEntityNode.WriteKey(string operatorName, object key, BlobWriter writer) =>
        RecordCodec.Of<TKey>().Write(writer, AnyKey.As<TKey>(operatorName, key));

    object IEntityNode.ReadKey(ref BlobReader reader) =>
        RecordCodec.Of<TKey>().Read(ref reader) ?? throw new CodecException("A message to an entity has no key.");
}

/// <summary>What nodes with stored entities have in common.</summary>
internal static class EntityNodes
{
    /// <summary>The names of its states, if its keys are of this type; else null.</summary>
    public static IReadOnlyList<string>? StatesOf<TKey>(IEntityNode<TKey> node, Type key) =>
        key == typeof(TKey) ? node.CreateEntities(new ShardRange(0, 1, new ShardMap(1))).Names : null;
}

/// <summary>A keyed operator: one region per actor, shards divided among the regions.</summary>
internal abstract class KeyedNode<TKey, TIn, TOut>(string name, string kind, KeyedStream<TKey, TIn> input)
    : OperatorNode<TIn, TOut>(name, kind, input.Stream.Node), IEntityNode<TKey>
{
    public override bool IsKeyed => true;

    public Func<TIn, TKey> KeyOf { get; } = input.KeyOf;

    public override (OutputPort Port, Receiver<TIn> Entry) Connect(
        StageBuild sender, IReadOnlyList<InputPort<TIn>> ports, IReadOnlyList<Inbox> inboxes)
    {
        // With one region there is nothing to find out: it looks for the keys itself.
        if (ports.Count == 1)
            return sender.Forward(this, ports, inboxes);
        IReadOnlyList<Outlet> lanes = sender.Lanes(ports, inboxes);
        OperatorErrors errors = sender.ErrorsOf(this);
        sender.Host(new SenderErrors(Name, errors));
        var port = new Exchange<TKey, TIn>(sender.Context, lanes, sender.PoolOf(this), KeyOf, sender.Shards, errors);
        return (port, port.Entry);
    }

    public override Receiver<TIn> Attach(StageBuild build) =>
        Build(build, new RegionSite<TKey, TIn>(Name, build.Context, build.HostedShards, KeyOf, build.ErrorsOf(this), build.WithPositions));

    public override void Validate(string pipeline) => Require<TKey>(pipeline, "key");

    public sealed override IReadOnlyList<string>? StatesOf(Type key) => EntityNodes.StatesOf(this, key);

    public abstract EntityStates<TKey> CreateEntities(ShardRange shards);

    /// <summary>Builds one region, behind what it sends to.</summary>
    protected abstract KeyedOperator<TKey, TIn> Build(StageBuild build, RegionSite<TKey, TIn> site);
}
