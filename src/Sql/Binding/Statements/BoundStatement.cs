using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>A statement with all names known.</summary>
/// <param name="Statement">As it was written.</param>
internal abstract record BoundStatement(Statement Statement);

/// <summary>SELECT.</summary>
internal sealed record BoundQuery(Statement Statement, Relation Relation, EmitMode Emit) : BoundStatement(Statement);

/// <summary>CREATE TABLE or SOURCE, CREATE [MATERIALIZED] VIEW: what is added to the catalogue. Null: it exists already, and IF NOT EXISTS
/// was said.</summary>
internal sealed record BoundCreate(Statement Statement, CatalogTable? Table, bool Replaces) : BoundStatement(Statement);

/// <summary>CREATE SINK. <see cref="CatalogTable.Query"/> is what goes into it.</summary>
internal sealed record BoundCreateSink(Statement Statement, CatalogTable? Sink) : BoundStatement(Statement);

/// <summary>INSERT: the relation gives all columns of the table, by their types.</summary>
internal sealed record BoundInsert(Statement Statement, CatalogTable Table, Relation Rows, EmitMode Emit) : BoundStatement(Statement);

/// <summary>UPDATE: the relation gives the old columns of each row that changes, then the new ones.</summary>
internal sealed record BoundUpdate(Statement Statement, CatalogTable Table, Relation Changes) : BoundStatement(Statement);

/// <summary>DELETE: the relation gives the rows that leave.</summary>
internal sealed record BoundDelete(Statement Statement, CatalogTable Table, Relation Rows) : BoundStatement(Statement);

/// <summary>SUBSCRIBE.</summary>
internal sealed record BoundSubscribe(
    Statement Statement, CatalogTable? Source, Relation Relation, EmitMode Emit, IReadOnlyDictionary<string, object?> Options)
        : BoundStatement(Statement);

internal sealed record BoundExplain(Statement Statement, BoundStatement Explained, IReadOnlyDictionary<string, object?> Options)
    : BoundStatement(Statement);

/// <summary>SHOW and DESCRIBE: rows of the catalogue as they are now.</summary>
internal sealed record BoundShow(Statement Statement, ValuesRelation Rows) : BoundStatement(Statement);

internal sealed record BoundDrop(Statement Statement, IReadOnlyList<CatalogTable> Tables) : BoundStatement(Statement);
