namespace ActorStreams;

/// <summary>What kind of mistake a statement of SQL was refused for. <see cref="SqlException.SqlState"/> is finer, and is
/// PostgreSQL's.</summary>
public enum SqlErrorCategory
{
    /// <summary>The text is no statement of the language.</summary>
    Syntax,

    /// <summary>No column of this name is in sight.</summary>
    UnknownColumn,

    /// <summary>No table, view or source has this name.</summary>
    UnknownTable,

    /// <summary>No function, operator or aggregate of this name takes these arguments.</summary>
    UnknownFunction,

    /// <summary>Several columns in sight have this name.</summary>
    AmbiguousColumn,

    /// <summary>Two items of one FROM clause have one name, or two columns of one table.</summary>
    DuplicateAlias,

    /// <summary>A table, view, source or sink of this name exists.</summary>
    DuplicateTable,

    /// <summary>An expression has another type than its place needs, or a text cannot be read as the type.</summary>
    Type,

    /// <summary>An aggregate or a window function stands where none may stand, or a column is neither grouped nor aggregated.</summary>
    Grouping,

    /// <summary>A subquery that stands for one value gave several rows.</summary>
    Cardinality,

    /// <summary>A division by zero.</summary>
    DivisionByZero,

    /// <summary>A value is outside of the range of its type.</summary>
    OutOfRange,

    /// <summary>Something is named where it is not in sight, or by a position that does not exist.</summary>
    InvalidReference,

    /// <summary>The statement is well-formed and means something, but cannot be run.</summary>
    Unsupported,

    /// <summary>The size, slide, gap or offset of a window function makes no windows.</summary>
    WindowParameter,

    /// <summary>A watermark is needed and missing, or is no time.</summary>
    Watermark,

    /// <summary>A table that is append-only was to be changed.</summary>
    AppendOnly,

    /// <summary>The right side of a temporal join has no key or no time, or the condition does not name its key.</summary>
    TemporalKey,

    /// <summary>A variable is named that the pattern does not have.</summary>
    UnknownVariable,

    /// <summary>A variable of a pattern is defined twice, or a name is taken by a variable.</summary>
    DuplicateVariable,

    /// <summary>After a match the pattern goes on at the first row of the match, or at a variable without a row.</summary>
    SkipTarget,

    /// <summary>A row breaks a rule of its table: a key that exists, a NULL where none may be.</summary>
    Constraint,

    /// <summary>The statement is longer, deeper or larger than <c>SqlLimits</c> allow.</summary>
    Limit,
}
