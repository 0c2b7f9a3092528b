using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A row that expressions read.</summary>
/// <param name="Layout">Its columns.</param>
/// <param name="Address">Loads its address.</param>
/// <param name="Has">Loads whether it is there: if not, all its columns are null. Null: it always is.</param>
internal sealed record InputRow(RowLayout Layout, Action<ILGenerator> Address, Action<ILGenerator>? Has = null);
