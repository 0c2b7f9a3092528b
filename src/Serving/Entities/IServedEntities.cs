using System.Text.Json;

namespace ActorStreams.Serving.Entities;

/// <summary>The entities of a keyed operator, whose types only the job knows.</summary>
internal interface IServedEntities
{
    /// <summary>Writes the state of an entity: its key, its state, and the epoch at whose end it was so, if it was asked as of
    /// one.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="key">The key, as in the address.</param>
    /// <param name="asOf">At the end of this epoch; null: now.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="Access.WrongRequestException">The key cannot be read.</exception>
    Task WriteStateAsync(Utf8JsonWriter json, string key, long? asOf, CancellationToken cancellation);

    /// <summary>Gives a command; writes the answer, once it is durable: the key, the events that the entity decided, and their
    /// epoch.</summary>
    /// <exception cref="Access.WrongRequestException">The operator takes no commands, or this is none of them.</exception>
    /// <exception cref="JobException">The entity cannot be asked.</exception>
    Task CommandAsync(Utf8JsonWriter json, string key, JsonElement command, CancellationToken cancellation);
}
