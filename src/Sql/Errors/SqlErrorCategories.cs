namespace ActorStreams.Sql.Errors;

/// <summary>The kind of mistake that a code stands for.</summary>
internal static class SqlErrorCategories
{
    /// <param name="state">PostgreSQL's code.</param>
    /// <param name="message">What was said.</param>
    public static SqlErrorCategory Of(string state, string message) => state switch
    {
        SqlState.SyntaxError => SqlErrorCategory.Syntax,
        SqlState.UndefinedFunction => message.StartsWith("function", StringComparison.OrdinalIgnoreCase)
            ? SqlErrorCategory.UnknownFunction : SqlErrorCategory.Type,
        SqlState.AmbiguousFunction => SqlErrorCategory.Type,
        SqlState.DivisionByZero => SqlErrorCategory.DivisionByZero,
        SqlState.NumericValueOutOfRange or SqlState.DatetimeFieldOverflow or SqlState.IntervalFieldOverflow => SqlErrorCategory.OutOfRange,
        SqlState.FeatureNotSupported => SqlErrorCategory.Unsupported,
        SqlState.GroupingError or SqlState.WindowingError => SqlErrorCategory.Grouping,
        SqlState.CardinalityViolation => SqlErrorCategory.Cardinality,
        SqlState.ProgramLimitExceeded or SqlState.StatementTooComplex => SqlErrorCategory.Limit,
        SqlState.UniqueViolation or SqlState.NotNullViolation or SqlState.CheckViolation => SqlErrorCategory.Constraint,
        _ => SqlErrorCategory.Type,
    };
}
