using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The value of a row that an aggregate is about; rows without one do not count.</summary>
/// <param name="always">Gives every row a value; or null.</param>
/// <param name="maybe">Gives a row a value or null, if <paramref name="always"/> is null.</param>
internal readonly struct Selector<T, TValue>(Func<T, TValue>? always, Func<T, TValue?>? maybe)
    where TValue : struct
{
    public static implicit operator Selector<T, TValue>(Func<T, TValue> always) =>
        new(always ?? throw new ArgumentNullException(nameof(always)), null);

    public static implicit operator Selector<T, TValue>(Func<T, TValue?> maybe) =>
        new(null, maybe ?? throw new ArgumentNullException(nameof(maybe)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(in T row, out TValue value)
    {
        if (always is not null)
        {
            value = always(row);
            return true;
        }

        TValue? found = maybe!(row);
        value = found.GetValueOrDefault();
        return found.HasValue;
    }
}
