namespace ActorStreams.Serving.Access;

/// <summary>There are as many already as there may be.</summary>
/// <param name="text">Of what, and what to do.</param>
internal sealed class TooManyException(string text) : Exception(text);
