namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>A row of one side of a join.</summary>
/// <param name="Row">The row.</param>
/// <param name="Count">How often it is there; negative while it was taken away before it came.</param>
/// <param name="Partners">How many partners it has, each counted as often as it is there.</param>
/// <param name="Time">Its event time; of equal rows the latest.</param>
internal record struct JoinRow<T>(T Row, long Count, long Partners, long Time);

/// <summary>The rows of both sides under one key. The lists are changed in place, and only when nothing can fail any more.</summary>
/// <param name="Left">The left rows.</param>
/// <param name="Right">The right rows.</param>
/// <param name="Time">The greatest event time of all that came.</param>
internal record struct JoinRows<TLeft, TRight>(List<JoinRow<TLeft>>? Left, List<JoinRow<TRight>>? Right, long Time)
{
    public readonly bool IsEmpty => Left is not { Count: > 0 } && Right is not { Count: > 0 };
}
