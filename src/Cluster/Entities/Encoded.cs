using ActorStreams.Actors.Entities;
using ActorStreams.Core.Regions;

namespace ActorStreams.Cluster.Entities;

/// <summary>At the coordinator: a command that it hands on and does not read.</summary>
/// <param name="Bytes">The command.</param>
internal sealed record EncodedCommand(byte[] Bytes);

/// <summary>At the coordinator: a state that it hands on and does not read.</summary>
/// <param name="Bytes">The state.</param>
internal sealed record EncodedState(byte[] Bytes);

/// <summary>At the coordinator: a question of another node's, whose answer is told as bytes.</summary>
internal sealed class EncodedQuestion(EntityQuestion question) : IEntityQuestion
{
    public EntityConsistency Consistency => question.Consistency;

    public string? State => question.State;

    public object Read(object key, ref BlobReader value, long? epoch) =>
        throw new NotSupportedException("The coordinator asks no other node for its own use.");

    public object Answer(object key, object? value, long? epoch)
    {
        EntityOutcome outcome = epoch is null ? EntityOutcome.State : EntityOutcome.CommittedState;
        if (value is EncodedState state)
            return new EntityAnswered(0, outcome, epoch ?? 0, state.Bytes, "");
        var writer = new BlobWriter();
        Core.Codecs.AnyValue.Write(writer, value);
        return new EntityAnswered(0, outcome, epoch ?? 0, writer.ToArray(), "");
    }
}

/// <summary>At the coordinator: events that it hands on and does not read.</summary>
internal sealed class EncodedEvents(byte[] events) : Decided
{
    public override object Committed(object key, long epoch) => new EntityAnswered(0, EntityOutcome.Committed, epoch, events, "");

    public override void Write(BlobWriter writer) => writer.WriteBytes(events);
}
