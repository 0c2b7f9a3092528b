using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>Which of several functions of one name the types of the arguments mean.</summary>
/// <seealso href="https://www.postgresql.org/docs/15/typeconv-func.html">The rules, step by step.</seealso>
internal static class Choice
{
    /// <summary>The function that is meant.</summary>
    /// <param name="candidates">All of the name and number of arguments.</param>
    /// <param name="types">Of the arguments.</param>
    /// <param name="isAmbiguous">Whether several are left.</param>
    /// <returns>Null if none can take the arguments, or if several can and none is the best.</returns>
    public static Function? Of(IReadOnlyList<Function> candidates, IReadOnlyList<SqlType> types, out bool isAmbiguous)
    {
        isAmbiguous = false;
        if (candidates.FirstOrDefault(one => Same(one, types) == types.Count) is { } exact)
            return exact;
        List<Function> left = [.. candidates.Where(one => Takes(one, types))];
        if (left.Count < 2)
            return left.FirstOrDefault();

        left = Best(left, one => Same(one, types));
        if (left.Count > 1)
            left = Best(left, one => SameOrPreferred(one, types));
        if (left.Count > 1 && types.Any(static type => type.Kind == SqlKind.Unknown))
            left = ByUnknown(left, types);
        isAmbiguous = left.Count > 1;
        return left.Count == 1 ? left[0] : null;
    }

    /// <summary>The type of a parameter; of the last one where there are more arguments.</summary>
    public static SqlType Parameter(Function function, int at) => function.Parameters[Math.Min(at, function.Parameters.Length - 1)];

    private static bool Takes(Function function, IReadOnlyList<SqlType> types)
    {
        for (int at = 0; at < types.Count; at++)
        {
            if (!Conversion.IsPossible(types[at], Parameter(function, at), CastContext.Implicit))
                return false;
        }

        return true;
    }

    private static int Same(Function function, IReadOnlyList<SqlType> types)
    {
        int count = 0;
        for (int at = 0; at < types.Count; at++)
        {
            if (types[at].Kind != SqlKind.Unknown && IsSame(types[at], Parameter(function, at)))
                count++;
        }

        return count;
    }

    /// <summary>Varchar is text to every function.</summary>
    private static bool IsSame(SqlType type, SqlType parameter) =>
        type.IsSame(parameter) || (type.Kind == SqlKind.Varchar && parameter.Kind == SqlKind.Text);

    private static int SameOrPreferred(Function function, IReadOnlyList<SqlType> types)
    {
        int count = 0;
        for (int at = 0; at < types.Count; at++)
        {
            SqlType parameter = Parameter(function, at);
            if (types[at].Kind != SqlKind.Unknown &&
                (IsSame(types[at], parameter) || (parameter.IsPreferred && parameter.Category == types[at].Category)))
                count++;
        }

        return count;
    }

    private static List<Function> Best(List<Function> candidates, Func<Function, int> score)
    {
        int best = candidates.Max(score);
        return [.. candidates.Where(one => score(one) == best)];
    }

    /// <summary>A literal whose type is open is a text where one of the candidates takes a text, else what all of them agree on.</summary>
    private static List<Function> ByUnknown(List<Function> candidates, IReadOnlyList<SqlType> types)
    {
        List<Function> left = candidates;
        for (int at = 0; at < types.Count; at++)
        {
            if (types[at].Kind != SqlKind.Unknown)
                continue;
            SqlCategory[] categories = [.. left.Select(one => Parameter(one, at).Category).Distinct()];
            if (categories.Length > 1 && !categories.Contains(SqlCategory.Text))
                return LastResort(candidates, types);
            SqlCategory category = categories.Length == 1 ? categories[0] : SqlCategory.Text;
            int place = at;
            left = [.. left.Where(one => Parameter(one, place).Category == category)];
            if (left.Exists(one => Parameter(one, place).IsPreferred))
                left = [.. left.Where(one => Parameter(one, place).IsPreferred)];
        }

        return left.Count == 1 ? left : LastResort(left.Count == 0 ? candidates : left, types);
    }

    /// <summary>If all arguments whose type is known have one type, the others are taken to have it, too.</summary>
    private static List<Function> LastResort(List<Function> candidates, IReadOnlyList<SqlType> types)
    {
        SqlType[] known = [.. types.Where(static type => type.Kind != SqlKind.Unknown).Select(static type => type.Plain).Distinct()];
        if (known.Length != 1)
            return candidates;
        List<Function> left = [.. candidates.Where(one => Takes(one, [.. types.Select(_ => known[0])]))];
        return left.Count == 1 ? left : candidates;
    }
}
