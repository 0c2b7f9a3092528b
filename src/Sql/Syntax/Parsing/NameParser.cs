using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Parsing;

/// <summary>Names, and which words may stand for one where.</summary>
internal sealed class NameParser(TokenStream tokens)
{
    /// <summary>Whether the token can be the name of a column or a table.</summary>
    public static bool IsColumnName(Token token) =>
        token.Kind == TokenKind.QuotedName || (token.Kind == TokenKind.Name && Keywords.IsColumnName(token.Word));

    /// <summary>The name of a column, a table or a variable.</summary>
    public Identifier Column(string wanted = "a name") => IsColumnName(tokens.Current) ? Take() : throw tokens.Unexpected(wanted);

    /// <summary>A name where any word may stand, after a point or AS.</summary>
    public Identifier Label(string wanted = "a name") =>
        tokens.Current.Kind is TokenKind.Name or TokenKind.QuotedName ? Take() : throw tokens.Unexpected(wanted);

    /// <summary>A name with points.</summary>
    public QualifiedName Qualified(string wanted)
    {
        Token first = tokens.Current;
        List<Identifier> parts = [Column(wanted)];
        while (tokens.Take("."))
            parts.Add(Label());
        return new QualifiedName([.. parts]) { Span = tokens.From(first) };
    }

    /// <summary>Names in brackets.</summary>
    public SyntaxList<Identifier> Columns()
    {
        tokens.Expect("(");
        List<Identifier> names = [Column("the name of a column")];
        while (tokens.Take(","))
            names.Add(Column("the name of a column"));
        tokens.Expect(")");
        return [.. names];
    }

    /// <summary>An alias of a column, with AS or without; null: there is none.</summary>
    public Identifier? ColumnAlias()
    {
        if (tokens.Take(Keyword.As))
            return Label();
        return IsBareAlias() ? Take() : null;
    }

    /// <summary>An alias of a table, with names of its columns perhaps; null: there is none.</summary>
    public TableAlias? TableAlias()
    {
        Token first = tokens.Current;
        bool isSaid = tokens.Take(Keyword.As);
        if (!isSaid && !IsBareAlias())
            return null;
        Identifier name = Column("the alias of a table");
        SyntaxList<Identifier> columns = tokens.Is("(") ? Columns() : [];
        return new TableAlias(name, columns) { Span = tokens.From(first) };
    }

    /// <summary>The present token as a name.</summary>
    public Identifier Take()
    {
        Token token = tokens.Current;
        tokens.Advance();
        return new Identifier(token.Text) { Span = token.Span };
    }

    /// <summary>Words that begin what comes next are an alias only where they do not.</summary>
    private bool IsBareAlias()
    {
        Token token = tokens.Current;
        if (token.Kind == TokenKind.QuotedName)
            return true;
        if (token.Kind != TokenKind.Name)
            return false;
        return token.Word switch
        {
            Keyword.None => true,
            Keyword.Emit => !BeginsEmit(),
            Keyword.Asof => tokens.Peek().Word is not (Keyword.Join or Keyword.Left or Keyword.Inner),
            Keyword.MatchRecognize => !tokens.Peek().IsMark("("),
            Keyword.Append => tokens.Peek().Word != Keyword.Only,
            _ => Keywords.IsBareAlias(token.Word),
        };
    }

    /// <summary>EMIT CHANGES or EMIT ON WINDOW CLOSE.</summary>
    private bool BeginsEmit() => tokens.Peek().Word switch
    {
        Keyword.Changes => true,
        Keyword.On => tokens.Peek(2).Word == Keyword.Window,
        _ => false,
    };
}
