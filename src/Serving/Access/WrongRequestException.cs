namespace ActorStreams.Serving.Access;

/// <summary>A request that cannot be answered.</summary>
/// <param name="text">What is wrong, and what to do.</param>
internal sealed class WrongRequestException(string text) : Exception(text);
