using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Queries;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>Binds statements: finds what their names mean, checks their types, and makes relations of their queries. It changes nothing;
/// who runs the statement puts what it makes into the catalogue.</summary>
internal static class Binder
{
    /// <param name="statement">The statement.</param>
    /// <param name="text">The text that it was parsed from.</param>
    /// <param name="catalog">What its names mean.</param>
    /// <exception cref="SqlException">It means nothing, or what it means cannot be run.</exception>
    public static BoundStatement Bind(Statement statement, string text, SqlCatalog catalog)
    {
        var session = new BindingSession(text, catalog);
        try
        {
            return new StatementBinder(new Binders(session)).Bind(statement);
        }
        catch (SqlFault fault)
        {
            throw session.Placed(fault, statement.Span);
        }
    }

    /// <summary>One statement from its text.</summary>
    public static BoundStatement Bind(string text, SqlCatalog catalog) => Bind(SqlParser.ParseStatement(text), text, catalog);
}
