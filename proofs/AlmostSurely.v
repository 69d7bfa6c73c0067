(* Almost sure collapse, on any probability space.

   lim_sup_set F      the event that infinitely many of the events F t happen
   markov_chain       the two-time marginals of a process with finitely many states and transition law k
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import interval reals ereal classical_sets boolp functions sequences topology normedtype measure.
From mathcomp Require Import measurable_realfun lebesgue_measure lebesgue_integral probability.
From Collapse Require Import Probability Replacement Absorption.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.
Local Open Scope ereal_scope.

Section BorelCantelli.
Context d (T : measurableType d) (R : realType) (P : probability T R).

(* Events whose probabilities decay geometrically happen finitely often, almost surely. *)
Theorem geometric_events (F : nat -> set T) (c rho : R) :
  (forall t, measurable (F t)) -> (0 <= rho < 1)%R -> (forall t, P (F t) <= (c * rho ^+ t)%:E) ->
  P (lim_sup_set F) = 0.
Proof.
move=> mF /andP[rho0 rho1] bound; apply: lim_sup_set_cvg0 => //.
apply: (@le_lt_trans _ _ (\sum_(n <oo) (c * rho ^+ n)%:E)).
  by apply: lee_nneseries => n *; [exact: measure_ge0|exact: bound].
suff -> : \sum_(n <oo) (c * rho ^+ n)%:E = (c * (1 - rho)^-1)%:E by rewrite ltry.
apply/cvg_lim => //; rewrite (_ : (fun n => _) = EFin \o series (geometric c rho)); last first.
  by apply/funext => n /=; rewrite sumEFin.
by apply: cvg_EFin; [exact: nearW|apply: cvg_geometric_series; rewrite ger0_norm].
Qed.

(* A diversity that decays geometrically in the mean stays below every level from some generation on. *)
Theorem almost_sure_collapse (H : nat -> {RV P >-> R}) (h0 rho eps : R) :
  (0 < eps)%R -> (0 <= rho < 1)%R ->
  (forall t, 'E_P[(fun x => `|H t x|%R)] <= (h0 * rho ^+ t)%:E) ->
  P (lim_sup_set (fun t => [set x | eps%:E <= `|(H t x)%:E|])) = 0.
Proof.
move=> eps0 rho01 decay; apply: (geometric_events (c := (eps^-1 * h0)%R) (rho := rho)) => // t.
  rewrite [X in measurable X](_ : _ = (normr \o H t) @^-1` `[eps, +oo[%classic).
    by rewrite -[X in measurable X]setTI; apply: (measurableT_comp _ _).
  by apply/seteqP; split=> x /=; rewrite in_itv/= andbT lee_fin.
rewrite -mulrA EFinM lee_pdivlMl//; apply: le_trans (decay t).
exact: (@probability.markov _ _ _ P (H t) id eps eps0 (@measurable_id _ _ _) (fun r r0 => r0) (fun x y _ _ h => h)).
Qed.

End BorelCantelli.

Section FiniteState.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variable S : finType.

Lemma measure_list (r : seq S) (F : S -> set T) : uniq r -> (forall i, measurable (F i)) ->
  (forall i j x, F i x -> F j x -> i = j) ->
  P (\big[setU/set0]_(i <- r) F i) = \sum_(i <- r) P (F i).
Proof.
move=> + mF disjoint; elim: r => [_|i r ih]; first by rewrite !big_nil measure0.
move=> /= /andP[ir ur]; rewrite !big_cons -(ih ur) measureU//.
  by apply: bigsetU_measurable.
rewrite -bigcup_seq; apply/seteqP; split=> x //= [Fi [j /= jr Fj]].
by move: ir; rewrite (disjoint _ _ _ Fi Fj) jr.
Qed.

(* An event is cut into the parts where a variable with finitely many values has each of them. *)
Lemma measure_parts (X : T -> S) (A : set T) : measurable A -> (forall s, measurable [set x | X x = s]) ->
  P A = \sum_s P (A `&` [set x | X x = s]).
Proof.
move=> mA mX; rewrite -measure_list ?index_enum_uniq//; last 2 first.
- by move=> s; exact: measurableI.
- by move=> i j x [_ <-] [_ <-].
congr (P _); rewrite -bigcup_seq; apply/seteqP; split=> [x Ax|x [s _ []]]//.
by exists (X x) => //=; rewrite mem_index_enum.
Qed.

Variables (X : nat -> T -> S) (k : S -> S -> R) (h : S -> R) (rho gap : R).
Hypothesis mX : forall t s, measurable [set x | X t x = s].
(* X is a Markov chain with the transition probabilities k, as far as two consecutive times show. *)
Hypothesis chain : forall t s s',
  P ([set x | X t.+1 x = s'] `&` [set x | X t x = s]) = P [set x | X t x = s] * (k s s')%:E.

Hypothesis rho01 : (0 <= rho < 1)%R.
Hypothesis gap_gt0 : (0 < gap)%R.
Hypothesis drift : forall s, (\sum_s' k s s' * h s' <= rho * h s)%R.
Hypothesis away : forall s, h s != 0%R -> (gap <= h s)%R.

Let p t s : R := fine (P [set x | X t x = s]).

Let pE t s : P [set x | X t x = s] = (p t s)%:E.
Proof. by rewrite fineK// fin_num_measure. Qed.

Let p_ge0 t s : (0 <= p t s)%R. Proof. by rewrite fine_ge0. Qed.

Let expected t : R := (\sum_s p t s * h s)%R.

Lemma p_next t s' : p t.+1 s' = (\sum_s p t s * k s s')%R.
Proof.
apply: EFin_inj; rewrite -pE (measure_parts (X := X t))// -sumEFin; apply: eq_bigr => s _.
by rewrite chain pE.
Qed.

Lemma expected_decays t : (expected t <= expected 0 * rho ^+ t)%R.
Proof.
case/andP: rho01 => r0 _; elim: t => [|t ih]; first by rewrite expr0 mulr1.
rewrite exprS mulrCA; apply: (@le_trans _ _ (rho * expected t)%R); last exact: ler_wpM2l.
rewrite /expected mulr_sumr (eq_bigr (fun s' => \sum_s p t s * k s s' * h s')%R); last first.
  by move=> s' _; rewrite p_next mulr_suml.
rewrite exchange_big /=; apply: ler_sum => s _; rewrite mulrCA.
rewrite (eq_bigr (fun s' => p t s * (k s s' * h s'))%R) => [|s' _]; last by rewrite mulrA.
by rewrite -mulr_sumr ler_wpM2l.
Qed.

(* Almost surely the chain reaches h = 0 and stays there. *)
Theorem absorbed_almost_surely : P (lim_sup_set (fun t => [set x | h (X t x) != 0%R])) = 0.
Proof.
have mA t : measurable [set x | h (X t x) != 0%R].
  rewrite (_ : [set x | _] = \big[setU/set0]_(s <- [seq s <- index_enum S | h s != 0%R]) [set x | X t x = s]).
    by apply: bigsetU_measurable.
  rewrite -bigcup_seq; apply/seteqP; split=> [x /= hx|x [s /=]].
    by exists (X t x) => //=; rewrite mem_filter hx mem_index_enum.
  by rewrite mem_filter => /andP[hs _] ->.
apply: (geometric_events (c := (gap^-1 * expected 0)%R) (rho := rho)) => // t.
rewrite (measure_parts (X := X t))//.
apply: (@le_trans _ _ (gap^-1 * expected t)%:E); last first.
  by rewrite lee_fin -mulrA ler_wpM2l ?invr_ge0 ?(ltW gap_gt0)// expected_decays.
rewrite /expected mulr_sumr -sumEFin; apply: lee_sum => s _.
have [h0|h0] := eqVneq (h s) 0%R.
  rewrite (_ : _ `&` _ = set0) ?measure0 ?h0 ?mulr0//.
  by apply/seteqP; split=> x //= [hx xs]; move: hx; rewrite xs h0 eqxx.
apply: (@le_trans _ _ (P [set x | X t x = s])).
  by apply: le_measure; rewrite ?inE//; exact: measurableI.
by rewrite pE lee_fin ler_pdivlMl// mulrC ler_wpM2l// away.
Qed.

End FiniteState.

Section WrightFisher.
Context d (T : measurableType d) (R : realType) (P : probability T R).
Variables (I : finType) (n : nat).
Hypothesis n_gt1 : (1 < n)%N.

Let n_gt0 : (0 < n)%N. Proof. exact: ltnW. Qed.

(* The model fitted to a data set of n observations. *)
Definition model (s : n.-tuple I) : Probability.law R I :=
  if tval s is x :: u then uniform R x u else dirac R (tnth s (Ordinal n_gt0)).

(* The probability that n draws from the model of s are the data set s'. *)
Definition redraw (s s' : n.-tuple I) : R := Pr (iid n (model s)) (pred1 (tval s')).

Lemma model_refit (s : n.-tuple I) m : model s = refit m s.
Proof.
have sn := size_tuple s; rewrite /model; move: (tnth _ _) => i.
by case: (tval s) sn => [/= n0|//]; have := n_gt0; rewrite -n0.
Qed.

(* An expected value over lists of length n is a sum over data sets. *)
Lemma E_tuples (m : Probability.law R I) (f : seq I -> R) :
  Probability.E (iid n m) f = (\sum_(s : n.-tuple I) Pr (iid n m) (pred1 (tval s)) * f s)%R.
Proof.
rewrite (eq_bigr (fun s : n.-tuple I => Probability.E (iid n m) (fun l => f s * (l == s)%:R)%R)); last first.
  by move=> s _; rewrite E_scale mulrC.
rewrite -E_sum; apply: (E_surely (size_iid n m)) => l ln.
have ln' : size l == n by exact/eqP.
rewrite (bigD1 (Tuple ln'))//= eqxx mulr1 big1 ?addr0// => s sl.
by rewrite [_ == _](_ : _ = false) ?mulr0//; apply: contraNF sl => /eqP e; apply/eqP/val_inj; rewrite /= e.
Qed.

Variable X : nat -> T -> n.-tuple I.
Hypothesis mX : forall t s, measurable [set x | X t x = s].
(* X t is the data set of fit t; the next one is drawn from the model fitted to it. *)
Hypothesis resampling : forall t s s',
  P ([set x | X t.+1 x = s'] `&` [set x | X t x = s]) = P [set x | X t x = s] * (redraw s s')%:E.

(* Model collapse is almost sure: from some generation on all observations of the data set are the same. *)
Theorem wright_fisher_collapses_almost_surely :
  P (lim_sup_set (fun t => [set x | ~~ collapsed (model (X t x))])) = 0.
Proof.
have n0 : (0 < n%:R :> R)%R by rewrite ltr0n.
have n1 : (1 < n%:R :> R)%R by rewrite ltr1n.
have grid s : on_grid n (model s).
  move=> e; exists (count e s); first by rewrite -[leqRHS](size_tuple s) count_size.
  by rewrite (model_refit s (model s)) /Pr E_refit ?size_tuple// /average total_count size_tuple.
have term m i : (0 <= mass m i * (1 - mass m i) :> R)%R by rewrite mulr_ge0 ?subr_ge0 ?mass_ge0 ?mass_le1.
have diverse s : (heterozygosity (model s) != 0)%R = ~~ collapsed (model s).
  apply/idP/idP; apply: contra; last first.
    move=> /eqP h0; apply: contraT => /diverse_undecided[i und].
    have := grid_gap n_gt1 (grid s) und; rewrite leNgt => /negP[].
    have zero : (mass (model s) i * (1 - mass (model s) i) = 0)%R.
      by apply/eqP; move/eqP: h0; rewrite psumr_eq0 => [/allP/(_ i)|j _]; [rewrite mem_index_enum => /(_ isT)|exact: term].
    by rewrite -/(mass (model s) i) zero divr_gt0 ?subr_gt0// exprn_gt0.
  case/existsP => i /eqP one; apply/eqP/big1 => j _.
  have [->|ji] := eqVneq j i; first by rewrite one subrr mulr0.
  suff -> : mass (model s) j = 0%R by rewrite mul0r.
  have := mass_sum (model s); rewrite (bigD1 i)//= one => /eqP; rewrite -[X in _ == X]addr0 (inj_eq (addrI _)).
  by rewrite psumr_eq0 => [/allP/(_ j)|k _]; [rewrite mem_index_enum ji => /(_ isT)/eqP|exact: mass_ge0].
rewrite (_ : (fun t => _) = (fun t => [set x | heterozygosity (model (X t x)) != 0%R])); last first.
  by apply/funext => t; apply/seteqP; split=> x /=; rewrite diverse.
apply: (@absorbed_almost_surely _ _ _ _ _ X redraw (fun s => heterozygosity (model s))
  (1 - 1 / n%:R)%R ((n%:R - 1) / n%:R ^+ 2)%R) => [||||s|s] //.
- apply/andP; split; first by rewrite subr_ge0 ler_pdivrMr// mul1r ler1n.
  by rewrite ltrBlDr ltrDl divr_gt0.
- by rewrite divr_gt0 ?exprn_gt0// subr_gt0.
- rewrite (eq_bigr (fun s' : n.-tuple I => redraw s s' * heterozygosity (refit (model s) s'))%R); last first.
    by move=> s' _; rewrite -model_refit.
  rewrite -(E_tuples (model s) (fun l => heterozygosity (refit (model s) l))).
  have := categorical_replace_heterozygosity_correct n_gt0 1 (model s).
  by rewrite /= E_bind E_dirac E_image /Formulas.categorical_replace_heterozygosity expr1 mulrC => ->.
rewrite diverse => /diverse_undecided[i und].
apply: le_trans (grid_gap n_gt1 (grid s) und) _.
by rewrite /heterozygosity (bigD1 i)//= lerDl sumr_ge0.
Qed.

End WrightFisher.
