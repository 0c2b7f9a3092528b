using System.Reflection;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Whether anything is left in the state of a group that has as many rows taken away as added.</summary>
/// <remarks>
/// Not if the state is as if a row had come and gone. Floating-point numbers need not come back to what they were: of those the rounding
/// is told from what counts by the size
/// of the last row; a state of the user's own that holds such numbers among others is taken for empty.
/// </remarks>
internal sealed class EmptyState<T, TState, TResult>(Retractable<T, TState, TResult> fold)
{
    private const double Rounding = 1e-9;

    private static readonly bool s_isRounded = IsRounded(typeof(TState), []);

    private readonly RowEquality<TState> _equality = new();

    public bool IsEmpty(TState state, T last)
    {
        TState one = fold.Add(fold.Initial(), last);
        double? size = s_isRounded ? NumberOf(one) : null;
        TState none = fold.Remove(one, last);
        if (_equality.AreSame(state, none))
            return true;
        if (!s_isRounded)
            return false;
        return (NumberOf(state), NumberOf(none)) is not ({ } left, { } nothing) ||
            Math.Abs(left - nothing) <= Math.Abs((size ?? 0) - nothing) * Rounding;
    }

    private static double? NumberOf(TState state) => state switch
    {
        double number => number,
        float number => number,
        FoldState<double> fold => fold.Value,
        FoldState<float> fold => fold.Value,
        _ => null,
    };

    /// <summary>Whether numbers are rounded in it: the aggregates of this library see to it themselves.</summary>
    private static bool IsRounded(Type type, HashSet<Type> seen)
    {
        if (type == typeof(double) || type == typeof(float) || type == typeof(Half))
            return true;
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || !seen.Add(type))
            return false;
        if (type.HasElementType)
            return IsRounded(type.GetElementType()!, seen);
        if (type.IsGenericType && Array.Exists(type.GetGenericArguments(), argument => IsRounded(argument, seen)))
            return type.Assembly != typeof(SortedCounts<>).Assembly || type.GetGenericTypeDefinition() == typeof(FoldState<>);
        if (type.Assembly == typeof(SortedCounts<>).Assembly || type.Assembly == typeof(object).Assembly)
            return false;
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return Array.Exists(fields, field => IsRounded(field.FieldType, seen));
    }
}
