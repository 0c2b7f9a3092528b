namespace ActorStreams;

/// <summary>What a question about a key of a join is answered with.</summary>
/// <param name="Left">The left rows that wait, in order of time.</param>
/// <param name="Right">The right rows that wait, in order of time.</param>
/// <typeparam name="TLeft">The left row.</typeparam>
/// <typeparam name="TRight">The right row.</typeparam>
public sealed record WaitingRows<TLeft, TRight>(IReadOnlyList<TLeft> Left, IReadOnlyList<TRight> Right);
