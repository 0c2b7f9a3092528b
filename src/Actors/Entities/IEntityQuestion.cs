namespace ActorStreams.Actors.Entities;

/// <summary>A question to an entity, as data.</summary>
internal interface IEntityQuestion
{
    EntityConsistency Consistency { get; }

    string? State { get; }

    /// <summary>The answer to the asker.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="value">Its state; null: none.</param>
    /// <param name="epoch">The epoch at whose end it was so; null: it is so.</param>
    /// <exception cref="JobException">The state is of another type.</exception>
    object Answer(object key, object? value, long? epoch);

    /// <summary>The answer to an asker on another node than the entity.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="value">Its state, as bytes.</param>
    /// <param name="epoch">The epoch at whose end it was so; null: it is so.</param>
    /// <exception cref="CodecException">The state is of another type.</exception>
    object Read(object key, ref BlobReader value, long? epoch);
}
