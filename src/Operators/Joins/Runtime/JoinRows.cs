using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>A row of one side of a join.</summary>
/// <param name="Row">The row.</param>
/// <param name="Count">How often it is there; negative while it was taken away before it came.</param>
/// <param name="Partners">How many partners it has, each counted as often as it is there.</param>
/// <param name="Time">Its event time; of equal rows the latest.</param>
internal record struct JoinRow<T>(T Row, long Count, long Partners, long Time)
{
    /// <summary>Counts a row more or fewer among others.</summary>
    public static void Add(List<JoinRow<T>> rows, T row, long weight, long partners, long time)
    {
        Span<JoinRow<T>> all = CollectionsMarshal.AsSpan(rows);
        for (int at = 0; at < all.Length; at++)
        {
            if (!EqualityComparer<T>.Default.Equals(all[at].Row, row))
                continue;
            all[at].Count += weight;
            all[at].Time = Math.Max(all[at].Time, time);
            if (all[at].Count == 0)
            {
                all[at] = all[^1];
                rows.RemoveAt(rows.Count - 1);
            }

            return;
        }

        rows.Add(new JoinRow<T>(row, weight, partners, time));
    }
}

/// <summary>The rows of both sides under one key. The lists are changed in place, and only when nothing can fail any more.</summary>
/// <param name="Left">The left rows.</param>
/// <param name="Right">The right rows.</param>
/// <param name="Time">The greatest event time of all that came.</param>
internal record struct JoinRows<TLeft, TRight>(List<JoinRow<TLeft>>? Left, List<JoinRow<TRight>>? Right, long Time)
{
    public readonly bool IsEmpty => Left is not { Count: > 0 } && Right is not { Count: > 0 };
}
