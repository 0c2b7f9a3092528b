namespace ActorStreams.Serving.Access;

/// <summary>A message has more bytes than one may have.</summary>
/// <param name="most">The limit.</param>
internal sealed class TooLargeException(long most) : Exception(
    $"The message has more than {most} bytes ({nameof(ServingOptions)}.{nameof(ServingOptions.MaxMessageBytes)}). Nothing of it was done.");
