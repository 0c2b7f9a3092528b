namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>A row of one side of a join.</summary>
/// <param name="Row">The row.</param>
/// <param name="Count">How often it is there; negative while it was taken away before it came.</param>
/// <param name="Partners">How many partners it has, each counted as often as it is there.</param>
internal record struct JoinRow<T>(T Row, long Count, long Partners);

/// <summary>The rows of both sides under one key. The lists are changed in place, and only when nothing can fail any more.</summary>
internal record struct JoinRows<TLeft, TRight>(List<JoinRow<TLeft>>? Left, List<JoinRow<TRight>>? Right)
{
    public readonly bool IsEmpty => Left is not { Count: > 0 } && Right is not { Count: > 0 };
}
