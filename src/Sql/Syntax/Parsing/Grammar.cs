using ActorStreams.Sql.Syntax.Lexing;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>The productions of the language, which name one another, over one stream of tokens.</summary>
internal sealed class Grammar
{
    public Grammar(TokenStream tokens)
    {
        Tokens = tokens;
        Names = new NameParser(tokens);
        Types = new TypeNameParser(this);
        Expressions = new ExpressionParser(this);
        Operands = new OperandParser(this);
        Calls = new CallParser(this);
        Windows = new WindowParser(this);
        Queries = new QueryParser(this);
        Tables = new TableParser(this);
        Matches = new MatchRecognizeParser(this);
        Creates = new CreateParser(this);
        Statements = new StatementParser(this);
    }

    public TokenStream Tokens { get; }

    public NameParser Names { get; }

    public TypeNameParser Types { get; }

    public ExpressionParser Expressions { get; }

    public OperandParser Operands { get; }

    public CallParser Calls { get; }

    public WindowParser Windows { get; }

    public QueryParser Queries { get; }

    public TableParser Tables { get; }

    public MatchRecognizeParser Matches { get; }

    public CreateParser Creates { get; }

    public StatementParser Statements { get; }
}
