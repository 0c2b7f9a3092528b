namespace ActorStreams.Sql.Values;

/// <summary>A value of any type, or NULL: what a function of elements takes that it is to be called with NULL for.</summary>
internal readonly record struct Maybe<T>(T? Value, bool HasValue)
{
    public static Maybe<T> Null => default;

    public static Maybe<T> Of(T value) => new(value, true);
}
