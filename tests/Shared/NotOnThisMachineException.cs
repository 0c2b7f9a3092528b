namespace ActorStreams.Tests;

/// <summary>
/// Thrown by what a test needs and this machine does not have: the test counts as skipped, with the reason, wherever it was thrown.
/// </summary>
/// <remarks>
/// Theories, inherited facts and fixtures need no attribute for that; the test framework of this folder sees to it. CI fails when a test
/// was skipped.
/// </remarks>
/// <param name="reason">What is missing, where it was looked for, and how to get it.</param>
public sealed class NotOnThisMachineException(string reason) : Exception(reason);
