namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>Which characters names, numbers and operators are made of, as in PostgreSQL.</summary>
internal static class CharacterClass
{
    private const string OperatorCharacters = "+-*/<>=~!@#%^&|`?";

    /// <summary>Of which an operator of several characters needs one to end with + or -, so that <c>a*-1</c> is two operators.</summary>
    private const string LooseCharacters = "~!@#%^&|`?";

    public static bool IsSpace(char character) => character is ' ' or '\t' or '\n' or '\r' or '\f' or '\v' or '\uFEFF';

    public static bool IsNameStart(char character) => char.IsAsciiLetter(character) || character == '_' || character >= '\u0080';

    public static bool IsNamePart(char character) => IsNameStart(character) || char.IsAsciiDigit(character) || character == '$';

    public static bool IsOperator(char character) => OperatorCharacters.Contains(character, StringComparison.Ordinal);

    public static bool IsLoose(char character) => LooseCharacters.Contains(character, StringComparison.Ordinal);
}
