namespace ActorStreams.Sql.Errors;

/// <summary>The codes of errors, as PostgreSQL gives them, by the name that its manual has for each.</summary>
internal static class SqlState
{
    public const string SyntaxError = "42601";
    public const string UndefinedColumn = "42703";
    public const string UndefinedTable = "42P01";
    public const string UndefinedFunction = "42883";
    public const string UndefinedObject = "42704";
    public const string UndefinedParameter = "42P02";
    public const string AmbiguousColumn = "42702";
    public const string AmbiguousFunction = "42725";
    public const string DuplicateAlias = "42712";
    public const string DuplicateColumn = "42701";
    public const string DuplicateTable = "42P07";
    public const string DuplicateObject = "42710";
    public const string DatatypeMismatch = "42804";
    public const string CannotCoerce = "42846";
    public const string IndeterminateDatatype = "42P18";
    public const string WrongObjectType = "42809";
    public const string GroupingError = "42803";
    public const string WindowingError = "42P20";
    public const string InvalidColumnReference = "42P10";
    public const string InvalidTableDefinition = "42P16";
    public const string CardinalityViolation = "21000";
    public const string DivisionByZero = "22012";
    public const string NumericValueOutOfRange = "22003";
    public const string DatetimeFieldOverflow = "22008";
    public const string IntervalFieldOverflow = "22015";
    public const string InvalidTextRepresentation = "22P02";
    public const string InvalidDatetimeFormat = "22007";
    public const string InvalidParameterValue = "22023";
    public const string InvalidEscapeSequence = "22025";
    public const string CharacterNotInRepertoire = "22021";
    public const string SubstringError = "22011";
    public const string InvalidLogarithm = "2201E";
    public const string InvalidPower = "2201F";
    public const string InvalidWidthBucket = "2201G";
    public const string InvalidBinaryRepresentation = "22P03";
    public const string InvalidTimeZoneOffset = "22009";
    public const string InvalidRegularExpression = "2201B";
    public const string StringDataRightTruncation = "22001";
    public const string ArraySubscriptError = "2202E";
    public const string NullValueNotAllowed = "22004";
    public const string InvalidJsonText = "22032";
    public const string NotNullViolation = "23502";
    public const string UniqueViolation = "23505";
    public const string CheckViolation = "23514";
    public const string FeatureNotSupported = "0A000";
    public const string ObjectNotInPrerequisiteState = "55000";
    public const string ProgramLimitExceeded = "54000";
    public const string StatementTooComplex = "54001";
    public const string TooManyColumns = "54011";
    public const string TooManyArguments = "54023";
    public const string UntranslatableCharacter = "22P05";
    public const string NameTooLong = "42622";
    public const string ReservedName = "42939";
}
