namespace ActorStreams.Core.State;

/// <summary>A key that came by message, of whatever type.</summary>
internal static class AnyKey
{
    /// <summary>The key, if it is of the operator's type.</summary>
    /// <exception cref="JobException">It is not; the message names both types.</exception>
    public static TKey As<TKey>(string operatorName, object key) => key is TKey typed ? typed : throw new JobException(
        $"Operator '{operatorName}' has keys of type {typeof(TKey)}, and '{key}' is a {key.GetType()}. Ask with a key of the operator's type.");
}
