namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>The words of the language. A word is written like its member in snake case: <c>MATCH_RECOGNIZE</c>.</summary>
internal enum Keyword : byte
{
    None,
    After, All, Always, Analyze, And, Any, Append, Array, As, Asc, Asof, Asymmetric, At,
    Between, Both, By,
    Cascade, Case, Cast, Changes, Check, Close, Coalesce, Collate, Columns, Conflict, Constraint, Create, Cross, Cube, Current, CurrentDate,
    CurrentTime, CurrentTimestamp, CurrentUser,
    Day, Default, Define, Delete, Desc, Describe, Descriptor, Distinct, Double, Drop,
    Else, Emit, Empty, End, Escape, Except, Exclude, Exists, Explain, Extract,
    False, Fetch, Filter, Final, First, Following, For, Foreign, From, Full, Function, Functions,
    Generated, Greatest, Group, Grouping, Groups,
    Having, Hour,
    If, Ignore, Ilike, In, Inner, Insert, Intersect, Interval, Into, Is, Isnull,
    Join,
    Key,
    Last, Lateral, Leading, Least, Left, Like, Limit, Local, Localtime, Localtimestamp,
    Match, MatchRecognize, Matches, Materialized, Measures, Minute, Month,
    Natural, Next, No, Not, Notnull, Null, Nullif, Nulls,
    Of, Offset, Omit, On, One, Only, Or, Order, Ordinality, Others, Outer, Over, Overlaps, Overlay,
    Partition, Past, Pattern, Per, Permute, Placing, Position, Preceding, Precision, Primary,
    Qualify,
    Range, Recursive, References, Replace, Respect, Restrict, Returning, Right, Rollup, Row, Rows, Running,
    Second, Select, Session, SessionUser, Set, Sets, Show, Similar, Sink, Sinks, Skip, Some, Source, Sources, Stored, Subscribe, Subset,
    Substring, Symmetric, SystemTime,
    Table, Tables, Tablesample, Temporary, Then, Ties, Time, Timestamp, To, Trailing, Trim, True,
    Uescape, Unbounded, Union, Unique, Unknown, Unmatched, Update, User, Using,
    Values, Variadic, Varying, View, Views, Virtual,
    Watermark, When, Where, Window, With, Within, Without,
    Year,
    Zone,
}
