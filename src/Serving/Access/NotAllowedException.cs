namespace ActorStreams.Serving.Access;

/// <summary>Who asks may not.</summary>
/// <param name="policy">The policy of authorization that was not met.</param>
internal sealed class NotAllowedException(string policy) : Exception($"This needs the policy '{policy}', which you do not meet.");
