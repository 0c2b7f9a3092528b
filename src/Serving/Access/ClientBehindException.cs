namespace ActorStreams.Serving.Access;

/// <summary>A client takes too little: it is told where to go on, and nothing more is kept for it.</summary>
/// <param name="why">How it fell behind.</param>
/// <param name="after">The last epoch that it was told the whole of; null: none.</param>
internal sealed class ClientBehindException(string why, long? after) : Exception(
    $"{why} {(after is { } epoch ? $"Go on after epoch {epoch}." : "Begin again, with all rows.")}")
{
    public long? After => after;
}
