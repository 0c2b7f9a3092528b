namespace ActorStreams;

/// <summary>Which rows a join puts out.</summary>
public enum JoinType
{
    /// <summary>Every pair.</summary>
    Inner,

    /// <summary>Every pair, and each left row that has no partner.</summary>
    Left,

    /// <summary>Every pair, and each right row that has no partner.</summary>
    Right,

    /// <summary>Every pair, and each row of either side that has no partner.</summary>
    Full,

    /// <summary>Each left row that has a partner, once, without it (SQL: <c>EXISTS</c>).</summary>
    Semi,

    /// <summary>Each left row that has no partner (SQL: <c>NOT EXISTS</c>).</summary>
    Anti,
}

/// <summary>What a join puts out: a left and a right row, or one of them.</summary>
/// <param name="HasLeft">Whether there is a left row.</param>
/// <param name="Left">The left row; default if there is none.</param>
/// <param name="HasRight">Whether there is a right row.</param>
/// <param name="Right">The right row; default if there is none, and in semi and anti joins.</param>
/// <typeparam name="TLeft">The left row.</typeparam>
/// <typeparam name="TRight">The right row.</typeparam>
public readonly record struct Joined<TLeft, TRight>(bool HasLeft, TLeft? Left, bool HasRight, TRight? Right)
{
    /// <summary>A pair.</summary>
    public static Joined<TLeft, TRight> Of(TLeft left, TRight right) => new(true, left, true, right);

    /// <summary>A left row without partner.</summary>
    public static Joined<TLeft, TRight> OfLeft(TLeft left) => new(true, left, false, default);

    /// <summary>A right row without partner.</summary>
    public static Joined<TLeft, TRight> OfRight(TRight right) => new(false, default, true, right);
}

/// <summary>What a type of join means to the operators.</summary>
internal static class JoinTypes
{
    public static bool EmitsPairs(this JoinType type) => type is not (JoinType.Semi or JoinType.Anti);

    /// <summary>Left rows without partner are put out.</summary>
    public static bool EmitsLeft(this JoinType type) => type is JoinType.Left or JoinType.Full or JoinType.Anti;

    /// <summary>Right rows without partner are put out.</summary>
    public static bool EmitsRight(this JoinType type) => type is JoinType.Right or JoinType.Full;
}
