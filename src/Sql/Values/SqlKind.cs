namespace ActorStreams.Sql.Values;

/// <summary>The families of types, without length, precision or element.</summary>
internal enum SqlKind
{
    /// <summary>A quoted literal, or NULL, whose type the context decides.</summary>
    Unknown,
    Boolean,
    SmallInt,
    Integer,
    BigInt,
    Real,
    Double,
    Numeric,
    Text,
    Varchar,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    Bytea,
    Json,
    Jsonb,
    Array,
    Record,
}

/// <summary>Groups of types within which PostgreSQL converts readily.</summary>
internal enum SqlCategory
{
    Unknown,
    Boolean,
    Number,
    Text,
    DateTime,
    TimeSpan,
    Array,
    Other,
}
