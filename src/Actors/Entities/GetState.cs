using ActorStreams.Actors.Entities;
using ActorStreams.Core.Codecs;

namespace ActorStreams;

/// <summary>Asks an entity for its state, in an <see cref="EntityEnvelope"/>; answered by an <see cref="EntityState{TState}"/>.</summary>
/// <typeparam name="TState">The state's type, as <see cref="EntityHandle{TKey, TState}"/> says it.</typeparam>
/// <param name="Consistency">Which state.</param>
/// <param name="State">The state's name where the operator has several; null: its first.</param>
public sealed record GetState<TState>(EntityConsistency Consistency = EntityConsistency.Current, string? State = null) : IEntityQuestion
{
    object IEntityQuestion.Answer(object key, object? value, long? epoch) => value switch
    {
        null => new EntityState<TState>(key, default, epoch),
        TState state => new EntityState<TState>(key, state, epoch),
        _ => throw new JobException($"The state is a {value.GetType()}, not a {typeof(TState)}. Ask for that type: {nameof(GetState<>)}<…>."),
    };

    object IEntityQuestion.Read(object key, ref BlobReader value, long? epoch) =>
        new EntityState<TState>(key, AnyValue.Read<TState>(ref value), epoch);
}
