namespace ActorStreams.Core.Storage;

/// <summary>A store that takes nothing at the moment.</summary>
/// <param name="Error">Why.</param>
/// <param name="Since">Since when, by the job's clock.</param>
internal sealed record StoreTrouble(string Error, DateTimeOffset Since);
