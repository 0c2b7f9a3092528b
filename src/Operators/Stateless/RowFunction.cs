namespace ActorStreams.Operators.Stateless;

/// <summary>A value, or a row, made of a row.</summary>
internal delegate TOut RowFunction<TIn, TOut>(in TIn row);

/// <summary>A value, or a row, made of two rows.</summary>
internal delegate TOut PairFunction<TLeft, TRight, TOut>(in TLeft left, in TRight right);
